#include "client/cli/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/cli/api.h"

static bool take(void *ctx, struct slice bytes)
{
    struct files_received *d = ctx;
    if (fwrite(bytes.p, 1, bytes.n, d->file) != bytes.n) return false;
    d->bytes += bytes.n;
    term_progress(&d->cli->err, "%zu kB …", d->bytes / 1024);
    size_t keep = bytes.n < sizeof(d->tail) ? bytes.n : sizeof(d->tail);
    size_t old = d->tail_n + keep > sizeof(d->tail) ? sizeof(d->tail) - keep : d->tail_n;
    memmove(d->tail, d->tail + d->tail_n - old, old);
    memcpy(d->tail + old, bytes.p + bytes.n - keep, keep);
    d->tail_n = old + keep;
    return true;
}

enum cli_exit files_receive(struct cli *cli, struct http_request *request, const char *path,
                            struct files_received *d)
{
    struct http_answer answer;
    char part[4096] = "";
    bool file = path != NULL && strcmp(path, "-") != 0;
    *d = (struct files_received){.cli = cli, .file = cli->out.file};
    if (file) {
        if ((size_t)snprintf(part, sizeof(part), "%s.part", path) >= sizeof(part)) {
            return api_fail(cli, CLI_USAGE, NULL, "that name is too long.");
        }
        /* its owner's alone: an export can be read by who gets at it */
        int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        d->file = fd < 0 ? NULL : fdopen(fd, "w");
        if (d->file == NULL) {
            return api_fail(cli, CLI_FAILED, "May you write there, and is there room?",
                            "%s: %s.", part, strerror(errno));
        }
    }
    request->sink = take;
    request->ctx = d;
    enum cli_exit code = api_stream(cli, request, &answer);
    term_progress_done(&cli->err);
    if (code == CLI_DONE) http_answer_fini(&answer);
    if (!file) return code;
    bool written = fflush(d->file) == 0 && fsync(fileno(d->file)) == 0;
    written = fclose(d->file) == 0 && written;
    if (code == CLI_DONE && (!written || rename(part, path) != 0)) {
        code = api_fail(cli, CLI_FAILED, "Is the disk full?", "%s: %s.", path, strerror(errno));
    }
    if (code != CLI_DONE) unlink(part);
    return code;
}

enum cli_exit files_send(struct cli *cli, const char *path, struct http_request *request,
                         json_t **out)
{
    struct http_answer answer;
    int fd = strcmp(path, "-") == 0 ? dup(fileno(cli->in)) : open(path, O_RDONLY | O_CLOEXEC);
    *out = NULL;
    struct stat st;
    bool folder = fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
    if (folder) {
        close(fd);
        errno = EISDIR;
    }
    if (fd < 0 || folder) {
        return api_fail(cli, CLI_FAILED, "Is the name right, and may you read it?", "%s: %s.",
                        path, strerror(errno));
    }
    request->body_fd = fd;
    request->timeout_ms = 600 * 1000;
    term_progress(&cli->err, "Reading %s …", path);
    enum cli_exit code = api_stream(cli, request, &answer);
    term_progress_done(&cli->err);
    close(fd);
    if (code != CLI_DONE) return code;
    *out = json_loadb((const char *)answer.body.data, answer.body.len, 0, NULL);
    http_answer_fini(&answer);
    return CLI_DONE;
}

enum cli_exit files_read(struct cli *cli, const char *path, size_t most, struct buf *out)
{
    FILE *file = strcmp(path, "-") == 0 ? cli->in : fopen(path, "re");
    enum cli_exit code = CLI_DONE;
    uint8_t block[65536];
    size_t n;

    if (file == NULL) {
        return api_fail(cli, CLI_FAILED, "Is the name right, and may you read it?", "%s: %s.",
                        path, strerror(errno));
    }
    while (code == CLI_DONE && (n = fread(block, 1, sizeof(block), file)) > 0) {
        buf_put(out, block, n);
        if (out->len > most) {
            code = api_fail(cli, CLI_FAILED, "Split it in two.", "%s: more than %zu MiB.", path,
                            most / (1024 * 1024));
        }
    }
    if (code == CLI_DONE && ferror(file)) {
        code = api_fail(cli, CLI_FAILED, NULL, "%s: %s.", path, strerror(errno));
    }
    if (file != cli->in) fclose(file);
    return code;
}
