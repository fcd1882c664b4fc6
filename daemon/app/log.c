#include "daemon/app/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TAIL_BYTES = 4 }; /* "…" and the end of the line */

static struct {
    pthread_mutex_t mutex;
    int fd;
    char path[1024];
    uint64_t bytes;
    enum log_level level;
    unsigned groups;
} state = {
    .mutex = PTHREAD_MUTEX_INITIALIZER, .fd = STDERR_FILENO, .level = LOG_WARN, .groups = ~0U};

static const char *const level_names[] = {
#define X(name, text) text,
    LOG_LEVEL_TABLE(X)
#undef X
};

static const char *const group_names[] = {
#define X(name, text) text,
    LOG_GROUP_TABLE(X)
#undef X
};

const char *log_level_name(enum log_level level)
{
    return level < LOG_LEVEL_COUNT ? level_names[level] : NULL;
}

const char *log_group_name(enum log_group group)
{
    return group < LOG_GROUP_COUNT ? group_names[group] : NULL;
}

static int file_open(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

enum err log_open(const struct log_options *options)
{
    struct stat st;
    int fd = STDERR_FILENO;

    if (options->path != NULL && (strlen(options->path) >= sizeof(state.path) - 2 ||
                                  (fd = file_open(options->path)) < 0))
        return ERR_SYSTEM;
    log_close();
    pthread_mutex_lock(&state.mutex);
    state.fd = fd;
    state.level = options->level;
    state.groups = options->groups;
    state.bytes = 0;
    state.path[0] = '\0';
    if (options->path != NULL) {
        (void)strcpy(state.path, options->path);
        state.bytes = fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
    }
    pthread_mutex_unlock(&state.mutex);
    return ERR_OK;
}

void log_close(void)
{
    pthread_mutex_lock(&state.mutex);
    if (state.fd != STDERR_FILENO) close(state.fd);
    state.fd = STDERR_FILENO;
    state.path[0] = '\0';
    pthread_mutex_unlock(&state.mutex);
}

bool log_on(enum log_level level, enum log_group group)
{
    return level <= state.level && (level == LOG_ERROR || (state.groups >> group & 1U) != 0);
}

/* One old file is kept: enough to see yesterday, and it cannot fill the disk. */
static void turn_over(void)
{
    char old[sizeof(state.path) + 2];
    int fd;

    (void)snprintf(old, sizeof(old), "%s.1", state.path);
    if (rename(state.path, old) != 0 || (fd = file_open(state.path)) < 0) return;
    close(state.fd);
    state.fd = fd;
    state.bytes = 0;
}

static void put(struct log_line *line, const char *text)
{
    size_t n = strlen(text), room = sizeof(line->text) - TAIL_BYTES - line->n;

    if (n > room) n = room;
    memcpy(line->text + line->n, text, n);
    line->n += (unsigned)n;
}

static bool is_plain(const char *value)
{
    for (const char *p = value; *p != '\0'; p++) {
        if ((unsigned char)*p <= ' ' || *p == '"' || *p == '=' || *p == '\\' || *p == 127)
            return false;
    }
    return *value != '\0';
}

/* What is in quotes stays on its line: control characters become \xHH. */
static void put_quoted(struct log_line *line, const char *value)
{
    char one[8];

    put(line, "\"");
    for (const char *p = value; *p != '\0'; p++) {
        if ((unsigned char)*p < ' ' || *p == 127)
            (void)snprintf(one, sizeof(one), "\\x%02x", (unsigned char)*p);
        else
            (void)snprintf(one, sizeof(one), *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
        put(line, one);
    }
    put(line, "\"");
}

void log_begin(struct log_line *line, enum log_level level, enum log_group group,
               const char *event)
{
    char head[96];
    struct timespec now;
    struct tm tm;

    line->n = 0;
    line->on = log_on(level, group);
    if (!line->on) return;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    (void)snprintf(head, sizeof(head), "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ %s %s ",
                   tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
                   tm.tm_sec, now.tv_nsec / 1000000, level_names[level], group_names[group]);
    put(line, head);
    put(line, event);
}

void log_text(struct log_line *line, const char *key, const char *value)
{
    if (!line->on || value == NULL) return;
    put(line, " ");
    put(line, key);
    put(line, "=");
    if (is_plain(value))
        put(line, value);
    else
        put_quoted(line, value);
}

void log_number(struct log_line *line, const char *key, int64_t value)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%lld", (long long)value);
    log_text(line, key, text);
}

void log_err(struct log_line *line, enum err err)
{
    log_text(line, "err", err_name(err));
    log_text(line, "text", err_text(err));
}

void log_end(struct log_line *line)
{
    if (!line->on) return;
    if (line->n == sizeof(line->text) - TAIL_BYTES) {
        memcpy(line->text + line->n, "\xe2\x80\xa6", 3);
        line->n += 3;
    }
    line->text[line->n++] = '\n';
    pthread_mutex_lock(&state.mutex);
    if (state.path[0] != '\0' && state.bytes + line->n > LOG_FILE_BYTES_MAX) turn_over();
    /* A log that cannot be written is no reason to stop. */
    ssize_t n = write(state.fd, line->text, line->n);
    if (n > 0) state.bytes += (uint64_t)n;
    pthread_mutex_unlock(&state.mutex);
}

void log_say(enum log_level level, enum log_group group, const char *event, const char *key,
             const char *value)
{
    struct log_line line;

    log_begin(&line, level, group, event);
    if (key != NULL) log_text(&line, key, value);
    log_end(&line);
}

void log_fail(enum log_level level, enum log_group group, const char *event, enum err err,
              const char *about)
{
    struct log_line line;

    log_begin(&line, level, group, event);
    log_text(&line, "about", about);
    log_err(&line, err);
    log_end(&line);
}

void log_raw(const char *text, size_t n)
{
    int fd = state.fd; /* no lock: this thread may hold it */

    (void)!write(STDERR_FILENO, text, n);
    if (fd != STDERR_FILENO) (void)!write(fd, text, n);
}

void log_check(const char *expression, const char *file, int line_number)
{
    struct log_line line;

    log_begin(&line, LOG_ERROR, LOG_APP, "broken");
    log_text(&line, "check", expression);
    log_text(&line, "file", file);
    log_number(&line, "line", line_number);
    log_end(&line);
}
