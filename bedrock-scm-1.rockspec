rockspec_format = "3.0"
package = "bedrock"
version = "scm-1"
source = { url = "git+file://." }
description = {
  summary = "A complete client for Amazon Bedrock",
  detailed = [[
Every operation of the Bedrock family as a method: Lua tables in, Lua tables
out, checked before they are sent, signed, retried, with typed errors. Needs
the headers of libcurl, cJSON and OpenSSL, and pkg-config.]],
  license = "Apache-2.0",
}
dependencies = { "lua >= 5.1, < 5.5" }
build = {
  type = "make",              -- the Makefile has the one list of sources
  build_target = "all",
  install_target = "install",
  build_variables = {
    BUILD = "build/rock",
    CFLAGS = "$(CFLAGS)",
    LUA_FLAGS = "-I$(LUA_INCDIR)",
  },
  install_variables = {
    BUILD = "build/rock",
    CFLAGS = "$(CFLAGS)",
    LUA_FLAGS = "-I$(LUA_INCDIR)",
    INST_LIBDIR = "$(LIBDIR)",
  },
}
