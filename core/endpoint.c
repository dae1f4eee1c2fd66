#include "core/endpoint.h"
#include "core/uri.h"

#include <string.h>

static int is_digit (char c) {
  return c >= '0' && c <= '9';
}

static int is_word (char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_digit(c) ||
         c == '_';
}

/* Does `text` (blank separated) hold this word? */
static int holds (const char *text, br_slice word) {
  const char *p = text;
  while (*p != '\0') {
    size_t n = strcspn(p, " ");
    if (n == word.n && memcmp(p, word.p, n) == 0)
      return 1;
    p += n + (p[n] == ' ');
  }
  return 0;
}

/* PREFIX-WORD-DIGITS, for one of the partition's prefixes. */
static int follows_rule (const br_partition *part, br_slice region) {
  size_t end = region.n, word;
  while (end > 0 && is_digit(region.p[end - 1]))
    end--;
  if (end == region.n || end < 2 || region.p[end - 1] != '-')
    return 0;
  word = --end;
  while (word > 0 && is_word(region.p[word - 1]))
    word--;
  if (word == end || word < 2 || region.p[word - 1] != '-')
    return 0;
  return holds(br_str(part->prefixes), (br_slice){region.p, word - 1});
}

const br_partition *br_partition_of (br_slice region) {
  size_t i;
  for (i = 0; i < br_count.partitions; i++)
    if (holds(br_str(br_partitions[i].regions), region))
      return &br_partitions[i];
  for (i = 0; i < br_count.partitions; i++)
    if (follows_rule(&br_partitions[i], region))
      return &br_partitions[i];
  for (i = 0; i < br_count.partitions; i++)
    if (strcmp(br_str(br_partitions[i].id), "aws") == 0)
      return &br_partitions[i];
  return &br_partitions[0];
}

/* A host label: letters, digits and inner hyphens, not digits alone. */
static int is_label (br_slice s) {
  size_t i, digits = 0;
  if (s.n == 0 || s.n > 63 || s.p[0] == '-' || s.p[s.n - 1] == '-')
    return 0;
  for (i = 0; i < s.n; i++) {
    if (s.p[i] == '_' || !(is_word(s.p[i]) || s.p[i] == '-'))
      return 0;
    digits += (size_t)is_digit(s.p[i]);
  }
  return digits < s.n;
}

static int check_region (br_slice region, br_err *err) {
  if (region.n == 0) {
    br_err_set(err, BR_ECONFIG, "MissingRegion", "no region is set");
    br_err_hint(err, "give region = \"us-east-1\" to bedrock.client, or set "
                "AWS_REGION");
    return BR_ECONFIG;
  }
  if (!is_label(region)) {
    int n = region.n > 80 ? 80 : (int)region.n;
    return br_err_set(err, BR_ECONFIG, "InvalidRegion",
                      "\"%.*s\" is not a region", n, region.p);
  }
  return BR_OK;
}

static int resolve_custom (const br_endpoint_params *in, br_buf *url,
                           br_err *err) {
  br_url parts;
  const char *why;
  const char *both = in->use_fips ? "use_fips"
                   : in->use_dualstack ? "use_dualstack" : NULL;
  if (both != NULL) {
    br_err_set(err, BR_ECONFIG, "InvalidConfiguration",
               "endpoint and %s cannot be set together", both);
    br_err_hint(err, "a custom endpoint is used as it stands; leave out %s",
                both);
    return BR_ECONFIG;
  }
  if (br_url_parse(in->custom, &parts, &why) != BR_OK)
    return br_err_set(err, BR_ECONFIG, "InvalidEndpoint",
                      "the endpoint is not valid: %s", why);
  if (parts.query.p != NULL || memchr(in->custom.p, '#', in->custom.n))
    return br_err_set(err, BR_ECONFIG, "InvalidEndpoint",
                      "the endpoint is not valid: it must not hold a query "
                      "or a fragment");
  return br_put_slice(url, in->custom);
}

static int check_support (const br_endpoint_params *in,
                          const br_partition *part, br_err *err) {
  int fips = !in->use_fips || (part->flags & BR_P_FIPS);
  int dual = !in->use_dualstack || (part->flags & BR_P_DUALSTACK);
  if (fips && dual)
    return BR_OK;
  return br_err_set(err, BR_ECONFIG, "InvalidConfiguration",
                    "partition %s does not support %s", br_str(part->id),
                    fips ? "dual-stack" : "FIPS");
}

int br_endpoint_resolve (const br_endpoint_params *in, br_buf *url,
                         br_err *err) {
  const br_partition *part;
  if (check_region(in->region, err) != BR_OK)
    return BR_ECONFIG;
  if (in->custom.n > 0)
    return resolve_custom(in, url, err);
  part = br_partition_of(in->region);
  if (check_support(in, part, err) != BR_OK)
    return BR_ECONFIG;
  (void)br_put_text(url, "https://");
  (void)br_put_text(url, br_str(in->service->name));
  (void)br_put_text(url, in->use_fips ? "-fips." : ".");
  (void)br_put_slice(url, in->region);
  (void)br_put_char(url, '.');
  return br_put_text(url, br_str(in->use_dualstack ? part->dualstack_suffix
                                                   : part->suffix));
}
