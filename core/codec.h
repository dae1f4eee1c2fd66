/*
** codec.h: hexadecimal, base64 (RFC 4648, with padding) and UTF-8.
*/
#ifndef BR_CODEC_H
#define BR_CODEC_H

#include "core/buf.h"

/* Lower-case hex of n bytes and a NUL: 2n + 1 bytes. */
void br_hex (char *to, const void *bytes, size_t n);

int br_put_base64 (br_buf *b, const void *bytes, size_t n);

/* Decode in place: what base64 says is never longer than its text. Returns
** the length, or -1 when the text is not base64. */
ptrdiff_t br_base64_decode (char *text, size_t n);

/* The offset of the first byte that is not well-formed UTF-8, or n. */
size_t br_utf8_check (const char *text, size_t n);

/* 16 random bytes as a UUID version 4 in lower case: 36 letters and NUL. */
void br_uuid4 (char to[37], const unsigned char random[16]);

#endif
