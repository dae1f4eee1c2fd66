#include "core/curl.h"
#include "core/limits.h"
#include "core/sys.h"

#include <curl/curl.h>
#include <string.h>

#define KEEPALIVE_S    45L     /* below the idle limits of NAT gateways */
#define MAX_IDLE       8       /* handles kept for the next calls */
#define LARGE_BODY     (1 << 20)     /* bodies from here on are sent in ... */
#define LARGE_BUFFER   (512L << 10)  /* ... fewer, larger pieces */
#define SMALL_BUFFER   (64L << 10)

typedef struct transfer {
  struct transfer *next;
  br_curl *driver;
  br_call *call;
  CURL *easy;
  struct curl_slist *lines;  /* nodes over the call's own header lines */
  size_t line_count;
  size_t line_room;
  br_buf empty;              /* texts of lines without a value */
  int expected;              /* the length was told to the call */
  int own_ca;                /* the handle has a call's ca_bundle set */
  int head_ended;            /* the empty line was there */
  char error[CURL_ERROR_SIZE];
} transfer;

struct br_curl {
  br_alloc mem;
  CURLM *multi;              /* NULL until the first transfer */
  transfer *active;
  transfer *idle;
  int idle_count;
  long pid;                  /* whose sockets these are */
  br_moment now;             /* read once a turn, not once a callback */
};

/* ======================================================================
** What libcurl tells
** ====================================================================== */

static size_t on_body (char *p, size_t size, size_t n, void *ud) {
  transfer *t = ud;
  if (!t->expected) {
    curl_off_t length = -1;
    t->expected = 1;
    (void)curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
                            &length);
    if (br_call_expect(t->call, length) != BR_OK)
      return 0;
  }
  return br_call_body(t->call, p, size * n, t->driver->now) == BR_OK
    ? size * n : 0;
}

/* "HTTP/1.1 200 OK", then fields, then an empty line. */
static size_t on_header (char *p, size_t size, size_t n, void *ud) {
  transfer *t = ud;
  size_t all = size * n, len = all;
  const char *colon;
  while (len > 0 && (p[len - 1] == '\r' || p[len - 1] == '\n'))
    len--;
  t->head_ended = len == 0;
  if (len > 5 && memcmp(p, "HTTP/", 5) == 0) {
    long status = 0;
    (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    return br_call_head(t->call, (int)status, t->driver->now) == BR_OK
      ? all : 0;
  }
  colon = memchr(p, ':', len);
  if (colon == NULL)
    return all;
  return br_call_header(t->call, (br_slice){p, (size_t)(colon - p)},
                        (br_slice){colon + 1, len - 1
                                   - (size_t)(colon - p)}) == BR_OK
    ? all : 0;
}

typedef struct reason {
  CURLcode from;
  int code;
  const char *name;
} reason;

static const reason reasons[] = {
  {CURLE_COULDNT_RESOLVE_HOST, BR_ECONNECTION, "UnknownHost"},
  {CURLE_COULDNT_RESOLVE_PROXY, BR_ECONNECTION, "UnknownProxy"},
  {CURLE_COULDNT_CONNECT, BR_ECONNECTION, "ConnectFailed"},
  {CURLE_OPERATION_TIMEDOUT, BR_ETIMEOUT, "ConnectTimeout"},
  {CURLE_SSL_CONNECT_ERROR, BR_ECONNECTION, "TlsFailed"},
  {CURLE_PEER_FAILED_VERIFICATION, BR_ECONNECTION, "TlsNotTrusted"},
  {CURLE_SSL_CACERT_BADFILE, BR_ECONFIG, "BadCaBundle"},
  {CURLE_OUT_OF_MEMORY, BR_EMEMORY, "OutOfMemory"},
  {CURLE_URL_MALFORMAT, BR_ECONFIG, "InvalidEndpoint"},
  {CURLE_WEIRD_SERVER_REPLY, BR_EDECODE, "BadResponse"},
  {CURLE_UNSUPPORTED_PROTOCOL, BR_EDECODE, "BadResponse"},
  {CURLE_WRITE_ERROR, BR_EDECODE, "BadResponse"},
  {CURLE_BAD_CONTENT_ENCODING, BR_EDECODE, "BadResponse"},
  {CURLE_OK, BR_ECONNECTION, "ConnectionClosed"}
};

static void tell (transfer *t, CURLcode result) {
  const reason *r = reasons;
  br_slice ca = t->call->set.ca_bundle;
  while (r->from != CURLE_OK && r->from != result)
    r++;
  br_err_set(&t->call->err, r->code, r->name, "%s",
             t->error[0] != '\0' ? t->error : curl_easy_strerror(result));
  if (result == CURLE_PEER_FAILED_VERIFICATION)
    br_err_hint(&t->call->err, "certificates were checked against %.*s; "
                "ca_bundle names another file",
                (int)(ca.n > 0 ? ca.n : 18), ca.n > 0 ? ca.p
                : "the system's store");
}

/* ======================================================================
** Transfers
** ====================================================================== */

/* Options that hold for every transfer of a handle. */
static int set_up (transfer *t) {
  CURL *e = t->easy;
  CURLcode bad = CURLE_OK;
  bad |= curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
  bad |= curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error);
  bad |= curl_easy_setopt(e, CURLOPT_PRIVATE, t);
  bad |= curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
  bad |= curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
  bad |= curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
  bad |= curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
  bad |= curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
  bad |= curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
  bad |= curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
                          (long)CURL_HTTP_VERSION_1_1);
  bad |= curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  bad |= curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
  bad |= curl_easy_setopt(e, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_S);
  bad |= curl_easy_setopt(e, CURLOPT_TCP_KEEPINTVL, KEEPALIVE_S);
  return bad == CURLE_OK ? BR_OK : BR_EMEMORY;
}

static void del_transfer (br_curl *d, transfer *t) {
  if (t->easy != NULL)
    curl_easy_cleanup(t->easy);
  br_free(&d->mem, t->lines, t->line_room * sizeof *t->lines);
  br_buf_free(&t->empty);
  br_free(&d->mem, t, sizeof *t);
}

static transfer *new_transfer (br_curl *d) {
  transfer *t = d->idle;
  if (t != NULL) {
    d->idle = t->next;
    d->idle_count--;
    return t;
  }
  t = br_new_array(&d->mem, 1, sizeof *t);
  if (t == NULL)
    return NULL;
  memset(t, 0, sizeof *t);
  t->driver = d;
  br_buf_init(&t->empty, &d->mem, BR_MAX_HEAD);
  t->easy = curl_easy_init();
  if (t->easy == NULL || set_up(t) != BR_OK) {
    del_transfer(d, t);
    return NULL;
  }
  return t;
}

/* Lend a line to libcurl, which only reads it. */
static void add_line (transfer *t, const char *line) {
  struct curl_slist *node = t->lines + t->line_count;
  node->data = (char *)line;
  node->next = NULL;
  if (t->line_count++ > 0)
    node[-1].next = node;
}

static int make_room (transfer *t, size_t n) {
  struct curl_slist *more;
  if (n <= t->line_room)
    return BR_OK;
  more = br_realloc(&t->driver->mem, t->lines,
                    t->line_room * sizeof *more, n * sizeof *more);
  if (more == NULL)
    return BR_EMEMORY;
  t->lines = more;
  t->line_room = n;
  return BR_OK;
}

/* A field without a value ends in ";", or libcurl would leave it out. Texts
** lie one after the other: room is made first, so that none moves. */
static const char *empty_line (transfer *t, br_slice name) {
  const char *line = br_buf_room(&t->empty, name.n + 2);
  if (line != NULL) {
    (void)br_put_slice(&t->empty, name);
    (void)br_put(&t->empty, ";", 2);
  }
  return line;
}

/* Ours; and for libcurl's own defaults an empty line that removes them. */
static int add_lines (transfer *t, const br_headers *h) {
  size_t i, n = br_headers_count(h);
  t->line_count = 0;
  br_buf_clear(&t->empty);
  if (make_room(t, n + 3) != BR_OK ||
      br_buf_room(&t->empty, h->text.n) == NULL)
    return BR_EMEMORY;
  if (br_headers_find(h, "accept") < 0)
    add_line(t, "Accept:");
  if (br_headers_find(h, "content-type") < 0)
    add_line(t, "Content-Type:");
  add_line(t, "Expect:");
  for (i = 0; i < n; i++)
    add_line(t, br_headers_value(h, i).n > 0 ? br_headers_line(h, i)
             : empty_line(t, br_headers_name(h, i)));
  return BR_OK;
}

static CURLcode set_method (transfer *t, const br_http *http) {
  CURL *e = t->easy;
  CURLcode bad = CURLE_OK;
  if (strcmp(http->method, "GET") == 0) {
    bad |= curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
    bad |= curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, NULL);
    return bad;
  }
  bad |= curl_easy_setopt(e, CURLOPT_POST, 1L);
  bad |= curl_easy_setopt(e, CURLOPT_POSTFIELDS, http->body.p);
  bad |= curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
                          (curl_off_t)http->body.n);
  bad |= curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST,
    strcmp(http->method, "POST") == 0 ? NULL : http->method);
  return bad;
}

/* A slice as an option's text; NULL for an empty one. libcurl copies it. */
static CURLcode set_text (transfer *t, CURLoption option, br_slice text) {
  char copy[4096];
  if (text.n >= sizeof copy)
    return CURLE_URL_MALFORMAT;
  memcpy(copy, text.n > 0 ? text.p : "", text.n);
  copy[text.n] = '\0';
  return curl_easy_setopt(t->easy, option, text.n > 0 ? copy : NULL);
}

static CURLcode set_request (transfer *t) {
  br_http http;
  CURLcode bad = CURLE_OK;
  CURL *e = t->easy;
  br_call_http(t->call, &http);
  if (add_lines(t, http.headers) != BR_OK)
    return CURLE_OUT_OF_MEMORY;
  bad |= curl_easy_setopt(e, CURLOPT_URL, http.url);
  bad |= curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->lines);
  bad |= curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
                          (long)http.connect_ms);
  bad |= curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE,
                          http.body.n < LARGE_BODY ? SMALL_BUFFER
                                                   : LARGE_BUFFER);
  bad |= set_method(t, &http);
  bad |= set_text(t, CURLOPT_PROXY, http.proxy);
  /* a proxy of ours goes for all, whatever NO_PROXY says */
  bad |= curl_easy_setopt(e, CURLOPT_NOPROXY, http.proxy.n > 0 ? "" : NULL);
  if (http.ca_bundle.n > 0)
    bad |= set_text(t, CURLOPT_CAINFO, http.ca_bundle);
  else if (t->own_ca)
    bad |= curl_easy_setopt(e, CURLOPT_CAINFO,
                            curl_version_info(CURLVERSION_NOW)->cainfo);
  t->own_ca = http.ca_bundle.n > 0;
  return bad;
}

/* Take a transfer out of the list and out of libcurl; keep its handle when
** it may serve again. */
static void retire (br_curl *d, transfer *t) {
  transfer **p = &d->active;
  while (*p != NULL && *p != t)
    p = &(*p)->next;
  if (*p == t)
    *p = t->next;
  (void)curl_multi_remove_handle(d->multi, t->easy);
  (void)curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, NULL);
  t->call = NULL;
  if (d->idle_count >= MAX_IDLE) {
    del_transfer(d, t);
    return;
  }
  t->next = d->idle;
  d->idle = t;
  d->idle_count++;
}

/* ======================================================================
** The driver
** ====================================================================== */

br_curl *br_curl_new (const br_alloc *mem) {
  br_curl *d = br_new_array(mem, 1, sizeof *d);
  if (d == NULL)
    return NULL;
  memset(d, 0, sizeof *d);
  d->mem = *mem;
  return d;
}

void br_curl_del (br_curl *d) {
  br_alloc mem;
  if (d == NULL)
    return;
  mem = d->mem;
  if (d->multi != NULL && d->pid == br_sys_pid()) {
    while (d->active != NULL)
      retire(d, d->active);
    while (d->idle != NULL) {
      transfer *t = d->idle;
      d->idle = t->next;
      del_transfer(d, t);
    }
    (void)curl_multi_cleanup(d->multi);
  }
  br_free(&mem, d, sizeof *d);
}

/* libcurl begins with the first transfer. After a fork the parent's sockets
** are left alone and the child starts anew. */
static int ready (br_curl *d) {
  if (d->multi != NULL && d->pid == br_sys_pid())
    return BR_OK;
  d->active = d->idle = NULL;
  d->idle_count = 0;
  d->pid = br_sys_pid();
  d->multi = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK
           ? curl_multi_init() : NULL;
  return d->multi != NULL ? BR_OK : BR_EMEMORY;
}

static void start (br_curl *d, br_call *c) {
  transfer *t = ready(d) == BR_OK ? new_transfer(d) : NULL;
  CURLcode bad;
  if (t == NULL) {
    (void)br_err_memory(&c->err);
    br_call_broken(c, d->now);
    return;
  }
  t->call = c;
  t->expected = t->head_ended = 0;
  t->error[0] = '\0';
  t->next = d->active;
  d->active = t;
  bad = set_request(t);
  if (bad == CURLE_OK &&
      curl_multi_add_handle(d->multi, t->easy) != CURLM_OK)
    bad = CURLE_OUT_OF_MEMORY;
  if (bad != CURLE_OK) {
    tell(t, bad);
    retire(d, t);
    br_call_broken(c, d->now);
  }
}

static void finished (br_curl *d, transfer *t, CURLcode result) {
  br_call *c = t->call;
  int open = c->state == BR_S_SENDING || c->state == BR_S_RECEIVING;
  if (result == CURLE_OK && !t->head_ended)
    result = CURLE_GOT_NOTHING;        /* libcurl takes a cut head for whole */
  if (open && result != CURLE_OK)
    tell(t, result);
  retire(d, t);
  if (open && result == CURLE_OK)
    br_call_end(c, d->now);
  else if (open)
    br_call_broken(c, d->now);
}

/* Move every transfer on; how many were finished. */
static int advance (br_curl *d) {
  int running, left, n = 0;
  CURLMsg *m;
  (void)curl_multi_perform(d->multi, &running);
  while ((m = curl_multi_info_read(d->multi, &left)) != NULL) {
    char *t = NULL;
    if (m->msg != CURLMSG_DONE)
      continue;
    (void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
    finished(d, (transfer *)(void *)t, m->data.result);
    n++;
  }
  return n;
}

/* Milliseconds until the call wants to be asked again, a minute at most. */
static int patience (const br_curl *d, const br_call *c) {
  int64_t wake = br_call_wake(c), ms = wake - d->now.mono_ms;
  if (wake == 0 || ms > 60000)
    return 60000;
  return ms < 0 ? 0 : (int)ms;
}

/* A socket that stirs is a sign of life, also while a line of the head is not
** complete yet or a body is going out. */
static void wait_for (br_curl *d, br_call *c) {
  int stirring = 0;
  (void)curl_multi_poll(d->multi, NULL, 0, patience(d, c), &stirring);
  if (stirring > 0)
    br_call_alive(c, br_sys_now());
}

void br_curl_run (br_curl *d, br_call *c) {
  for (;;) {
    d->now = br_sys_now();
    switch (br_call_next(c, d->now)) {
      case BR_A_SEND:
        start(d, c);
        break;
      case BR_A_MORE:
        if (advance(d) == 0)
          wait_for(d, c);
        break;
      case BR_A_WAIT:
        br_sys_sleep_ms(patience(d, c));
        break;
      default:
        br_curl_drop(d, c);
        return;
    }
  }
}

void br_curl_drop (br_curl *d, const br_call *c) {
  transfer *t = d->active;
  while (t != NULL) {
    transfer *next = t->next;
    if (t->call == c)
      retire(d, t);
    t = next;
  }
}
