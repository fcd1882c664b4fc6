#include "client/cli/http.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BLOCK_BYTES = 64 * 1024 };

/* One exchange. `in` holds what was received and not yet used. */
struct exchange {
    int fd;
    int timeout_ms;
    bool closed; /* the server sent all it will */
    struct buf in;
    const struct http_request *request;
    struct http_answer *answer;
};

/* How an answer's body ends. */
enum framing { FRAMING_NONE, FRAMING_LENGTH, FRAMING_CHUNKED, FRAMING_CLOSE };

static enum err from_errno(int code)
{
    switch (code) {
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
        return ERR_REFUSED;
    default:
        return ERR_CLOSED;
    }
}

/*
 * sun_path holds 108 bytes and folders may be deeper: then the socket is named through a
 * descriptor of its folder, /proc/self/fd/N/kithd.sock.
 */
static enum err connect_to(const char *path, int *fd_out)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int folder = -1, fd = -1, n;
    const char *slash = strrchr(path, '/');
    if (strlen(path) < sizeof(address.sun_path) || slash == NULL) {
        n = snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    } else {
        char *name = strndup(path, (size_t)(slash - path));
        folder = name == NULL ? -1 : open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        free(name);
        if (folder < 0) return from_errno(errno);
        n = snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d%s", folder,
                     slash);
    }
    enum err err = ERR_OK;
    if (n < 0 || (size_t)n >= sizeof(address.sun_path)) {
        err = ERR_NOT_FOUND;
    } else if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0) {
        err = ERR_SYSTEM;
    } else if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        err = from_errno(errno);
    }
    if (folder >= 0) close(folder);
    if (err == ERR_OK) {
        *fd_out = fd;
    } else if (fd >= 0) {
        close(fd);
    }
    return err;
}

static enum err wait_for(struct exchange *x, short events)
{
    struct pollfd poll_fd = {.fd = x->fd, .events = events};
    int n;
    do {
        n = poll(&poll_fd, 1, x->timeout_ms);
    } while (n < 0 && errno == EINTR);
    return n > 0 ? ERR_OK : n == 0 ? ERR_TIMEOUT : ERR_SYSTEM;
}

static enum err send_all(struct exchange *x, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    while (n > 0) {
        enum err err = wait_for(x, POLLOUT);
        if (err != ERR_OK) return err;
        ssize_t sent = send(x->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            if (errno == EAGAIN || errno == EINTR) continue;
            return ERR_CLOSED;
        }
        p += sent;
        n -= (size_t)sent;
    }
    return ERR_OK;
}

static enum err send_file(struct exchange *x, int fd)
{
    uint8_t block[8192];
    char size[24];
    enum err err = ERR_OK;
    while (err == ERR_OK) {
        ssize_t n = read(fd, block, sizeof(block));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return ERR_IO;
        int digits = snprintf(size, sizeof(size), "%zx\r\n", (size_t)n);
        err = send_all(x, size, (size_t)digits);
        if (err == ERR_OK && n > 0) err = send_all(x, block, (size_t)n);
        if (err == ERR_OK) err = send_all(x, "\r\n", 2);
        if (n == 0) return err;
    }
    return err;
}

static enum err send_request(struct exchange *x)
{
    const struct http_request *request = x->request;
    struct buf head = {0};
    char length[64] = "";
    buf_put_str(&head, request->method);
    buf_put_str(&head, " ");
    buf_put_str(&head, request->target);
    buf_put_str(&head, " HTTP/1.1\r\nHost: kith\r\nConnection: close\r\n");
    if (request->content_type != NULL) {
        buf_put_str(&head, "Content-Type: ");
        buf_put_str(&head, request->content_type);
        buf_put_str(&head, "\r\n");
    }
    if (request->body_fd > 0) {
        snprintf(length, sizeof(length), "Transfer-Encoding: chunked\r\n");
    } else if (strcmp(request->method, "GET") != 0) {
        snprintf(length, sizeof(length), "Content-Length: %zu\r\n", request->body.n);
    }
    buf_put_str(&head, length);
    buf_put_str(&head, "\r\n");
    enum err err = send_all(x, head.data, head.len);
    if (err == ERR_OK && request->body_fd > 0) {
        err = send_file(x, request->body_fd);
    } else if (err == ERR_OK) {
        err = send_all(x, request->body.p, request->body.n);
    }
    buf_fini(&head);
    return err;
}

/* More bytes into x->in; sets closed at the end. */
static enum err receive(struct exchange *x)
{
    uint8_t block[BLOCK_BYTES];
    for (;;) {
        enum err err = wait_for(x, POLLIN);
        if (err != ERR_OK) return err;
        ssize_t n = recv(x->fd, block, sizeof(block), MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (n < 0) return ERR_CLOSED;
        if (n == 0) {
            x->closed = true;
        } else {
            buf_put(&x->in, block, (size_t)n);
        }
        return ERR_OK;
    }
}

/* Makes sure that x->in starts with a whole line; *n without its CR LF. */
static enum err receive_line(struct exchange *x, size_t max, size_t *n)
{
    for (;;) {
        const uint8_t *feed = x->in.len == 0 ? NULL : memchr(x->in.data, '\n', x->in.len);
        if (feed != NULL) {
            *n = (size_t)(feed - x->in.data);
            if (*n == 0 || *n > max || x->in.data[*n - 1] != '\r') return ERR_MALFORMED;
            (*n)--;
            return ERR_OK;
        }
        if (x->in.len > max) return ERR_MALFORMED;
        if (x->closed) return ERR_CLOSED;
        enum err err = receive(x);
        if (err != ERR_OK) return err;
    }
}

static enum err deliver(struct exchange *x, size_t n)
{
    struct http_answer *answer = x->answer;
    enum err err = ERR_OK;
    if (x->request->sink != NULL && answer->status >= 200 && answer->status < 300) {
        if (!x->request->sink(x->request->ctx, slice_of(x->in.data, n))) err = ERR_IO;
    } else if (answer->body.len + n > HTTP_BODY_MAX) {
        err = ERR_LIMIT;
    } else {
        buf_put(&answer->body, x->in.data, n);
    }
    buf_consume(&x->in, n);
    return err;
}

static enum err receive_bytes(struct exchange *x, uint64_t left)
{
    while (left > 0) {
        enum err err = ERR_OK;
        if (x->in.len == 0) err = x->closed ? ERR_CLOSED : receive(x);
        if (err != ERR_OK) return err;
        size_t n = x->in.len < left ? x->in.len : (size_t)left;
        if (n > 0) err = deliver(x, n);
        if (err != ERR_OK) return err;
        left -= n;
    }
    return ERR_OK;
}

static enum err number(const uint8_t *p, size_t n, unsigned base, uint64_t *out)
{
    uint64_t value = 0;
    if (n == 0 || n > 15) return ERR_MALFORMED;
    for (size_t i = 0; i < n; i++) {
        static const char digits[] = "0123456789abcdef";
        char lower = (char)(p[i] >= 'A' && p[i] <= 'F' ? p[i] + 32 : p[i]);
        const char *digit = lower == '\0' ? NULL : strchr(digits, lower);
        if (digit == NULL || (unsigned)(digit - digits) >= base) return ERR_MALFORMED;
        value = value * base + (unsigned)(digit - digits);
    }
    *out = value;
    return ERR_OK;
}

static enum err receive_chunked(struct exchange *x)
{
    for (;;) {
        size_t n;
        uint64_t size;
        enum err err = receive_line(x, 256, &n);
        if (err != ERR_OK) return err;
        const uint8_t *extension = memchr(x->in.data, ';', n);
        err = number(x->in.data, extension == NULL ? n : (size_t)(extension - x->in.data), 16,
                     &size);
        if (err != ERR_OK) return err;
        buf_consume(&x->in, n + 2);
        err = receive_bytes(x, size);
        while (err == ERR_OK) { /* the line end after a chunk; trailers after the last */
            err = receive_line(x, HTTP_HEAD_MAX, &n);
            if (err != ERR_OK) return err;
            if (n > 0 && size > 0) return ERR_MALFORMED;
            buf_consume(&x->in, n + 2);
            if (n == 0) break;
        }
        if (err != ERR_OK || size == 0) return err;
    }
}

/* One header line. Two of one framing header, or both kinds, are an attack or a bug. */
static enum err header(const char *line, size_t n, struct http_answer *answer,
                       enum framing *framing, uint64_t *length)
{
    const char *colon = memchr(line, ':', n);
    if (colon == NULL || colon == line || colon[-1] == ' ') return ERR_MALFORMED;
    size_t name = (size_t)(colon - line);
    const char *value = colon + 1;
    size_t left = n - name - 1;
    while (left > 0 && *value == ' ')
        value++, left--;
    while (left > 0 && value[left - 1] == ' ')
        left--;
    if (name == 14 && strncasecmp(line, "content-length", 14) == 0) {
        if (*framing != FRAMING_NONE) return ERR_MALFORMED;
        *framing = FRAMING_LENGTH;
        return number((const uint8_t *)value, left, 10, length);
    }
    if (name == 17 && strncasecmp(line, "transfer-encoding", 17) == 0) {
        if (*framing != FRAMING_NONE || left != 7 || strncasecmp(value, "chunked", 7) != 0) {
            return ERR_MALFORMED;
        }
        *framing = FRAMING_CHUNKED;
    } else if (name == 12 && strncasecmp(line, "content-type", 12) == 0) {
        size_t i = 0;
        for (; i < left && i + 1 < sizeof(answer->content_type); i++) {
            if (value[i] == ';' || value[i] == ' ') break;
            bool upper = value[i] >= 'A' && value[i] <= 'Z';
            answer->content_type[i] = (char)(upper ? value[i] + 32 : value[i]);
        }
        answer->content_type[i] = '\0';
    }
    return ERR_OK;
}

static enum err receive_head(struct exchange *x, enum framing *framing, uint64_t *length)
{
    size_t n, head = 0;
    uint64_t status;
    *framing = FRAMING_NONE;
    *length = 0;
    enum err err = receive_line(x, HTTP_HEAD_MAX, &n);
    if (err != ERR_OK) return err;
    const char *line = (const char *)x->in.data;
    if (n < 12 || memcmp(line, "HTTP/1.", 7) != 0 || line[8] != ' ' ||
        (n > 12 && line[12] != ' ') || number(x->in.data + 9, 3, 10, &status) != ERR_OK) {
        return ERR_MALFORMED;
    }
    x->answer->status = (int)status;
    while (n > 0) {
        head += n + 2;
        buf_consume(&x->in, n + 2);
        err = receive_line(x, HTTP_HEAD_MAX, &n);
        if (err != ERR_OK) return err;
        if (head + n > HTTP_HEAD_MAX) return ERR_MALFORMED;
        if (n > 0) err = header((const char *)x->in.data, n, x->answer, framing, length);
        if (err != ERR_OK) return err;
    }
    buf_consume(&x->in, 2);
    if (status == 204 || status == 304 || status < 200) {
        *framing = FRAMING_LENGTH;
        *length = 0;
    } else if (*framing == FRAMING_NONE) {
        *framing = FRAMING_CLOSE;
    }
    return ERR_OK;
}

static enum err receive_answer(struct exchange *x)
{
    enum framing framing;
    uint64_t length;
    enum err err;
    do { /* "100 Continue" goes before the answer */
        err = receive_head(x, &framing, &length);
    } while (err == ERR_OK && x->answer->status < 200);
    if (err != ERR_OK) return err;
    if (framing == FRAMING_LENGTH) return receive_bytes(x, length);
    if (framing == FRAMING_CHUNKED) return receive_chunked(x);
    while (err == ERR_OK && (!x->closed || x->in.len > 0)) {
        err = x->in.len > 0 ? deliver(x, x->in.len) : receive(x);
    }
    return err;
}

enum err http_call(const char *socket_path, const struct http_request *request,
                   struct http_answer *answer)
{
    struct exchange x = {.fd = -1, .request = request, .answer = answer};
    x.timeout_ms = request->timeout_ms == 0 ? HTTP_TIMEOUT_MS : request->timeout_ms;
    *answer = (struct http_answer){0};
    enum err err = connect_to(socket_path, &x.fd);
    if (err != ERR_OK) return err;
    enum err sent = send_request(&x);
    /* A server may refuse a body before it has read it all: its answer is then worth more. */
    if (sent == ERR_OK || sent == ERR_CLOSED) err = receive_answer(&x);
    if (sent != ERR_OK && (err != ERR_OK || sent != ERR_CLOSED)) err = sent;
    close(x.fd);
    buf_fini(&x.in);
    if (err != ERR_OK) http_answer_fini(answer);
    return err;
}

void http_answer_fini(struct http_answer *answer)
{
    buf_fini(&answer->body);
    *answer = (struct http_answer){0};
}

void http_put_escaped(struct buf *out, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            strchr("-._~", c) != NULL) {
            buf_put_u8(out, c);
        } else {
            buf_put_u8(out, '%');
            buf_put_u8(out, (uint8_t)digits[c >> 4]);
            buf_put_u8(out, (uint8_t)digits[c & 15]);
        }
    }
}
