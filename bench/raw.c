/* The bare libcurl loop that all ratios rest on.
 *
 *   raw URL HEADERS BODY [PROVIDER]
 *
 * posts the bytes of the file BODY with the headers of the file HEADERS (one
 * a line) and reads the answer into a buffer. With PROVIDER, such as
 * aws:amz:us-east-1:bedrock, libcurl signs each request itself.
 *
 * Speaks what every contestant speaks: each line of standard input is a
 * number of calls to make; the answer is the CPU seconds that they took.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct bytes { char *data; size_t len, room; };

static void fail(const char *what, const char *why) {
  fprintf(stderr, "raw: %s: %s\n", what, why);
  exit(1);
}

static double cpu_seconds(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec)
       + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* Makes room for n more bytes and one NUL. */
static void reserve(struct bytes *b, size_t n) {
  if (b->room - b->len > n) return;
  b->room = 2 * b->room + n + 1;
  b->data = realloc(b->data, b->room);
  if (b->data == NULL) fail("realloc", "out of memory");
}

static size_t on_answer(char *data, size_t size, size_t n, void *user) {
  struct bytes *answer = user;
  reserve(answer, size * n);
  memcpy(answer->data + answer->len, data, size * n);
  answer->len += size * n;
  return size * n;
}

static struct bytes read_file(const char *name) {
  struct bytes b = { NULL, 0, 0 };
  size_t got;
  FILE *f = fopen(name, "rb");
  if (f == NULL) fail(name, "cannot open");
  do {
    reserve(&b, 65536);
    got = fread(b.data + b.len, 1, 65536, f);
    b.len += got;
  } while (got > 0);
  fclose(f);
  b.data[b.len] = '\0';
  return b;
}

static struct curl_slist *read_headers(const char *name) {
  struct curl_slist *list = NULL;
  struct bytes text = read_file(name);
  char *line = strtok(text.data, "\n");
  for (; line != NULL; line = strtok(NULL, "\n"))
    list = curl_slist_append(list, line);
  free(text.data);
  return list;
}

static void call(CURL *curl, struct bytes *answer) {
  long status = 0;
  CURLcode rc;
  answer->len = 0;
  rc = curl_easy_perform(curl);
  if (rc != CURLE_OK) fail("perform", curl_easy_strerror(rc));
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status / 100 != 2 || answer->len == 0) fail("perform", "no answer");
}

int main(int argc, char **argv) {
  struct bytes body, answer = { NULL, 0, 0 };
  struct curl_slist *headers;
  char line[32];
  CURL *curl;
  if (argc < 4) fail("usage", "raw URL HEADERS BODY [PROVIDER]");
  headers = read_headers(argv[2]);
  body = read_file(argv[3]);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  curl = curl_easy_init();
  curl_easy_setopt(curl, CURLOPT_URL, argv[1]);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_answer);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  if (argc > 4) {
    curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, argv[4]);
    curl_easy_setopt(curl, CURLOPT_USERPWD, "AKIDEXAMPLE:not-a-real-secret");
  }
  while (fgets(line, sizeof line, stdin) != NULL) {
    long n = strtol(line, NULL, 10);
    double start = cpu_seconds();
    while (n-- > 0) call(curl, &answer);
    printf("%.6f\n", cpu_seconds() - start);
    fflush(stdout);
  }
  curl_easy_cleanup(curl);
  curl_slist_free_all(headers);
  curl_global_cleanup();
  free(body.data);
  free(answer.data);
  return 0;
}
