std = "max"
files["spec/**/*_spec.lua"] = { std = "max+busted" }
files["*.rockspec"] = { std = "+rockspec" }
exclude_files = { "build" }
max_line_length = 80
