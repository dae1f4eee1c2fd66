#include "core/uri.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int is_unreserved (unsigned char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         (c >= '0' && c <= '9') ||
         c == '-' || c == '.' || c == '_' || c == '~';
}

static int is_plain (unsigned char c, const char *also) {
  return is_unreserved(c) || (c != '\0' && strchr(also, c) != NULL);
}

int br_put_encoded (br_buf *b, br_slice text, const char *also) {
  static const char digits[] = "0123456789ABCDEF";
  size_t i = 0;
  while (i < text.n) {
    size_t start = i;
    while (i < text.n && is_plain((unsigned char)text.p[i], also))
      i++;
    (void)br_put(b, text.p + start, i - start);
    if (i < text.n) {
      unsigned char c = (unsigned char)text.p[i++];
      char out[3] = {'%', digits[c >> 4], digits[c & 15]};
      (void)br_put(b, out, 3);
    }
  }
  return b->err;
}

static int hex_value (char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

int br_put_decoded (br_buf *b, br_slice text) {
  size_t i;
  for (i = 0; i < text.n; i++) {
    char c = text.p[i];
    if (c == '%' && i + 2 < text.n && hex_value(text.p[i + 1]) >= 0 &&
        hex_value(text.p[i + 2]) >= 0) {
      c = (char)(hex_value(text.p[i + 1]) << 4 | hex_value(text.p[i + 2]));
      i += 2;
    }
    (void)br_put_char(b, c);
  }
  return b->err;
}

static size_t find (br_slice s, const char *any) {
  size_t i = 0;
  while (i < s.n && strchr(any, s.p[i]) == NULL)
    i++;
  return i;
}

static br_slice cut (br_slice *s, size_t n) {
  br_slice head = {s->p, n};
  s->p += n;
  s->n -= n;
  return head;
}

/* Labels of letters, digits, "-", "_" and ".", or a bracketed IPv6. */
static int host_is_valid (br_slice h) {
  size_t i, bracketed = h.n > 2 && h.p[0] == '[' && h.p[h.n - 1] == ']';
  if (h.n == 0 || h.n > 255)
    return 0;
  for (i = bracketed; i < h.n - bracketed; i++) {
    unsigned char c = (unsigned char)h.p[i];
    if (bracketed ? hex_value((char)c) < 0 && c != ':' && c != '.'
                  : !is_unreserved(c) || c == '~')
      return 0;
  }
  return 1;
}

static int parse_port (br_slice digits, int *port) {
  size_t i;
  int v = 0;
  for (i = 0; i < digits.n; i++) {
    if (digits.p[i] < '0' || digits.p[i] > '9')
      return -1;
    v = v * 10 + (digits.p[i] - '0');
    if (v > 65535)
      return -1;
  }
  *port = v;
  return digits.n == 0 || v == 0 ? -1 : 0;
}

static int parse_authority (br_url *url, const char **why) {
  br_slice rest = url->authority;
  size_t end;
  if (memchr(rest.p, '@', rest.n) != NULL) {
    *why = "it must not hold a user name or password";
    return BR_ECONFIG;
  }
  end = rest.n > 0 && rest.p[0] == '[' ? find(rest, "]") + 1
                                       : find(rest, ":");
  url->host = cut(&rest, end > rest.n ? rest.n : end);
  if (!host_is_valid(url->host)) {
    *why = "its host name is not valid";
    return BR_ECONFIG;
  }
  if (rest.n > 0 && (rest.p[0] != ':' ||
      parse_port((br_slice){rest.p + 1, rest.n - 1}, &url->port) != 0)) {
    *why = "its port is not a number from 1 to 65535";
    return BR_ECONFIG;
  }
  return BR_OK;
}

static int has_controls (br_slice s) {
  size_t i;
  for (i = 0; i < s.n; i++)
    if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F)
      return 1;
  return 0;
}

int br_url_parse (br_slice text, br_url *url, const char **why) {
  size_t colon = find(text, ":");
  memset(url, 0, sizeof *url);
  url->scheme = cut(&text, colon);
  if (!br_slice_is_nocase(url->scheme, "http") &&
      !br_slice_is_nocase(url->scheme, "https")) {
    *why = "it must begin with https:// or http://";
    return BR_ECONFIG;
  }
  url->secure = url->scheme.n == 5;
  if (text.n < 3 || memcmp(text.p, "://", 3) != 0) {
    *why = "it must begin with https:// or http://";
    return BR_ECONFIG;
  }
  if (has_controls(text)) {
    *why = "it holds a control character";
    return BR_ECONFIG;
  }
  (void)cut(&text, 3);
  url->authority = cut(&text, find(text, "/?#"));
  if (parse_authority(url, why) != BR_OK)
    return BR_ECONFIG;
  text.n = find(text, "#");
  url->path = cut(&text, find(text, "?"));
  if (text.n > 0)
    url->query = (br_slice){text.p + 1, text.n - 1};
  return BR_OK;
}

int br_url_is_loopback (const br_url *url) {
  return br_slice_is_nocase(url->host, "localhost") ||
         br_slice_is(url->host, "[::1]") ||
         (url->host.n > 4 && strncmp(url->host.p, "127.", 4) == 0 &&
          find(url->host, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
               "abcdefghijklmnopqrstuvwxyz-_") == url->host.n);
}

int br_put_host (br_buf *b, const br_url *url) {
  size_t i;
  for (i = 0; i < url->host.n; i++) {
    char c = url->host.p[i];
    (void)br_put_char(b, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
  }
  if (url->port != 0 && url->port != (url->secure ? 443 : 80))
    (void)br_put_format(b, ":%d", url->port);
  return b->err;
}
