#include "core/codec.h"

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void br_hex (char *to, const void *bytes, size_t n) {
  const unsigned char *p = bytes;
  size_t i;
  for (i = 0; i < n; i++) {
    *to++ = hex_digits[p[i] >> 4];
    *to++ = hex_digits[p[i] & 15];
  }
  *to = '\0';
}

/* Two digits for each 12 bits: half the look-ups, and 8 KB that stay in the
** first cache while a large blob is written. */
#define R1(i)    {PAIR((i) >> 6), PAIR((i) & 63)}
#define PAIR(v)  (char)((v) < 26 ? 'A' + (v) : (v) < 52 ? 'a' + (v) - 26 : \
                        (v) < 62 ? '0' + (v) - 52 : (v) == 62 ? '+' : '/')
#define R4(i)    R1(i), R1((i) + 1), R1((i) + 2), R1((i) + 3)
#define R16(i)   R4(i), R4((i) + 4), R4((i) + 8), R4((i) + 12)
#define R64(i)   R16(i), R16((i) + 16), R16((i) + 32), R16((i) + 48)
#define R256(i)  R64(i), R64((i) + 64), R64((i) + 128), R64((i) + 192)
#define R1024(i) R256(i), R256((i) + 256), R256((i) + 512), R256((i) + 768)

static const char base64_pairs[4096][2] = {
  R1024(0), R1024(1024), R1024(2048), R1024(3072)
};

static void encode_tail (char *to, const unsigned char *p, size_t n) {
  unsigned v = (unsigned)p[0] << 16 | (n > 1 ? (unsigned)p[1] << 8 : 0);
  to[0] = base64_digits[v >> 18];
  to[1] = base64_digits[v >> 12 & 63];
  to[2] = n > 1 ? base64_digits[v >> 6 & 63] : '=';
  to[3] = '=';
}

int br_put_base64 (br_buf *b, const void *bytes, size_t n) {
  const unsigned char *p = bytes;
  char *to = br_buf_room(b, n / 3 * 4 + 4);
  if (to == NULL)
    return b->err;
  for (; n >= 3; n -= 3, p += 3, to += 4) {
    unsigned v = (unsigned)p[0] << 16 | (unsigned)p[1] << 8 | p[2];
    memcpy(to, base64_pairs[v >> 12], 2);
    memcpy(to + 2, base64_pairs[v & 4095], 2);
  }
  if (n > 0) {
    encode_tail(to, p, n);
    to += 4;
  }
  b->n = (size_t)(to - b->p);
  return BR_OK;
}

/* The value of one base64 digit, or -1. */
static int base64_value (unsigned char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

/* Four digits -> up to three bytes; the number of them, or -1. `last` allows
** padding. */
static int decode_group (const unsigned char *in, char *out, int last) {
  int a = base64_value(in[0]), b = base64_value(in[1]);
  int c = base64_value(in[2]), d = base64_value(in[3]);
  int n = 3;
  if (last && in[3] == '=') {
    d = 0;
    n = 2;
    if (in[2] == '=') {
      c = 0;
      n = 1;
    }
  }
  if (a < 0 || b < 0 || c < 0 || d < 0)
    return -1;
  out[0] = (char)(a << 2 | b >> 4);
  if (n > 1) out[1] = (char)(b << 4 | c >> 2);
  if (n > 2) out[2] = (char)(c << 6 | d);
  return n;
}

ptrdiff_t br_base64_decode (char *text, size_t n) {
  char *out = text;
  size_t i;
  if (n % 4 != 0)
    return -1;
  for (i = 0; i < n; i += 4) {
    unsigned char group[4];
    int got;
    memcpy(group, text + i, 4);
    got = decode_group(group, out, i + 4 == n);
    if (got < 0)
      return -1;
    out += got;
  }
  return out - text;
}

/* Length of the well-formed character at p, or 0 (Unicode, table 3-7). */
static size_t utf8_length (const unsigned char *p, size_t n) {
  unsigned c = p[0];
  if (c < 0x80) return 1;
  if (c < 0xC2 || n < 2 || (p[1] & 0xC0) != 0x80) return 0;
  if (c < 0xE0) return 2;
  if (n < 3 || (p[2] & 0xC0) != 0x80) return 0;
  if (c < 0xF0) {
    if (c == 0xE0 && p[1] < 0xA0) return 0;
    if (c == 0xED && p[1] > 0x9F) return 0;
    return 3;
  }
  if (c > 0xF4 || n < 4 || (p[3] & 0xC0) != 0x80) return 0;
  if (c == 0xF0 && p[1] < 0x90) return 0;
  if (c == 0xF4 && p[1] > 0x8F) return 0;
  return 4;
}

size_t br_utf8_check (const char *text, size_t n) {
  const unsigned char *p = (const unsigned char *)text;
  size_t i = 0;
  while (i < n) {
    size_t step = p[i] < 0x80 ? 1 : utf8_length(p + i, n - i);
    if (step == 0)
      break;
    i += step;
  }
  return i;
}

void br_uuid4 (char to[37], const unsigned char random[16]) {
  unsigned char bytes[16];
  size_t i;
  memcpy(bytes, random, 16);
  bytes[6] = (unsigned char)((bytes[6] & 0x0F) | 0x40);
  bytes[8] = (unsigned char)((bytes[8] & 0x3F) | 0x80);
  for (i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10)
      *to++ = '-';
    br_hex(to, bytes + i, 1);
    to += 2;
  }
}
