#include "client/cli/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "client/cli/api.h"

static char *trimmed(char *line)
{
    char *start = line + strspn(line, " \t\r\n");
    size_t n = strlen(start);
    while (n > 0 && strchr(" \t\r\n", start[n - 1]) != NULL)
        n--;
    memmove(line, start, n);
    line[n] = '\0';
    return line;
}

static void show_prompt(struct cli *cli, const char *prompt)
{
    if (!cli->interactive) return;
    fflush(cli->out.file); /* what the question is about stands above it */
    struct term *term = &cli->err;
    term_add(term, TERM_BOLD, prompt);
    term_end(term, 0, 2);
    fputs("> ", term->file);
    fflush(term->file);
}

static char *read_line(struct cli *cli)
{
    char *line = NULL;
    size_t cap = 0;
    fflush(cli->out.file);
    ssize_t n = getline(&line, &cap, cli->in);
    if (n < 0) {
        free(line);
        return NULL;
    }
    return trimmed(line);
}

char *ask_line(struct cli *cli, const char *prompt)
{
    show_prompt(cli, prompt);
    return read_line(cli);
}

/* How the terminal was, for a person who leaves in the middle with Ctrl-C. */
static struct termios shown;
static int shown_fd;

static void on_leave(int signal_number)
{
    tcsetattr(shown_fd, TCSADRAIN, &shown);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

char *ask_hidden(struct cli *cli, const char *prompt)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction leave = {.sa_handler = on_leave}, before[3];
    int fd = fileno(cli->in);
    bool hide = isatty(fd) && tcgetattr(fd, &shown) == 0;
    if (hide) { /* before the prompt: what is typed at once is not shown, and not lost */
        struct termios silent = shown;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        shown_fd = fd;
        for (size_t i = 0; i < 3; i++)
            sigaction(signals[i], &leave, &before[i]);
        tcsetattr(fd, TCSADRAIN, &silent);
    }
    show_prompt(cli, prompt);
    char *line = read_line(cli);
    if (hide) {
        tcsetattr(fd, TCSADRAIN, &shown);
        for (size_t i = 0; i < 3; i++)
            sigaction(signals[i], &before[i], NULL);
        fputc('\n', cli->err.file);
    }
    return line;
}

enum cli_exit ask_sure(struct cli *cli, const char *format, ...)
{
    if (cli->yes) return CLI_DONE;
    if (!cli->interactive) {
        return api_fail(cli, CLI_USAGE, "Add --yes to say yes beforehand.",
                        "this asks a question first, and there is nobody to ask.");
    }
    char *question = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&question, format, args) < 0) abort();
    va_end(args);
    struct buf prompt = {0};
    buf_put_str(&prompt, question);
    buf_put_str(&prompt, " (yes or no)");
    buf_put_u8(&prompt, 0);
    free(question);
    enum cli_exit code = CLI_USAGE;
    while (code == CLI_USAGE) {
        char *line = ask_line(cli, (char *)prompt.data);
        if (line == NULL || line[0] == '\0' || strcasecmp(line, "no") == 0 ||
            strcasecmp(line, "n") == 0) {
            code = CLI_REFUSED;
        } else if (strcasecmp(line, "yes") == 0 || strcasecmp(line, "y") == 0) {
            code = CLI_DONE;
        }
        free(line);
    }
    buf_fini(&prompt);
    if (code == CLI_REFUSED) term_line(&cli->err, TERM_PLAIN, "Nothing was changed.");
    return code;
}

enum cli_exit ask_phrase(struct cli *cli, const char *phrase_file, char **out)
{
    *out = NULL;
    if (phrase_file == NULL) {
        *out = ask_hidden(cli, "The twelve words of this school (they do not show)");
    } else {
        FILE *file = fopen(phrase_file, "re");
        size_t cap = 0;
        if (file == NULL) {
            return api_fail(cli, CLI_FAILED, "Is the name right, and may you read it?",
                            "%s: %s.", phrase_file, strerror(errno));
        }
        if (getline(out, &cap, file) < 0) {
            free(*out);
            *out = NULL;
        } else {
            trimmed(*out);
        }
        fclose(file);
    }
    if (*out != NULL && (*out)[0] != '\0') return CLI_DONE;
    ask_forget(*out);
    *out = NULL;
    return api_fail(cli, CLI_USAGE, "Type them, or give --phrase-file FILE.",
                    "the twelve words of this school are needed here.");
}

void ask_forget(char *secret)
{
    if (secret != NULL) mem_wipe(secret, strlen(secret));
    free(secret);
}

static const char *editor(void)
{
    const char *names[] = {getenv("VISUAL"), getenv("EDITOR")};
    for (size_t i = 0; i < 2; i++) {
        if (names[i] != NULL && names[i][0] != '\0') return names[i];
    }
    return access("/usr/bin/nano", X_OK) == 0 ? "nano" : "vi";
}

static bool run_editor(const char *file)
{
    pid_t child = fork();
    if (child == 0) {
        /* $EDITOR may hold arguments, so the shell reads it; the file is an argument of its own
         */
        char command[512];
        snprintf(command, sizeof(command), "%s \"$1\"", editor());
        execl("/bin/sh", "sh", "-c", command, "kith", file, (char *)NULL);
        _exit(127);
    }
    int status = -1;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool write_text(const char *path, const char *head, const char *text)
{
    FILE *file = fopen(path, "we");
    if (file == NULL) return false;
    bool good = fputs(head, file) >= 0 && fputs(text, file) >= 0;
    return fclose(file) == 0 && good;
}

static char *read_text(const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) return NULL;
    struct buf bytes = {0};
    char block[4096];
    size_t n;
    while ((n = fread(block, 1, sizeof(block), file)) > 0)
        buf_put(&bytes, block, n);
    fclose(file);
    buf_put_u8(&bytes, 0);
    return (char *)bytes.data;
}

/* Is there no line but comments and blanks? */
static bool is_empty(const char *text)
{
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        if (*text != '#' && strspn(text, " \t\r") < n) return false;
        text += n + (text[n] == '\n');
    }
    return true;
}

/* The message that stands on top, each line a comment. */
static char *complaint(const char *message)
{
    struct buf out = {0};
    if (message != NULL) {
        buf_put_str(&out, "#! ");
        buf_put_str(&out, message);
        buf_put_str(&out, "\n#! Correct it and save, or leave the text as it is to give up.\n");
    }
    buf_put_u8(&out, 0);
    return (char *)out.data;
}

enum cli_exit ask_editor(struct cli *cli, const char *name, char **text, ask_check_fn check,
                         void *ctx)
{
    char path[256], *message = NULL;
    const char *folder = getenv("TMPDIR");
    enum cli_exit code = CLI_USAGE;
    if (!cli->interactive && getenv("EDITOR") == NULL && getenv("VISUAL") == NULL) {
        return api_fail(cli, CLI_USAGE, "Give its fields as options; kith help lists them.",
                        "there is no terminal for an editor.");
    }
    snprintf(path, sizeof(path), "%s/kith-%.40s-XXXXXX.txt", folder == NULL ? "/tmp" : folder,
             name);
    int fd = mkstemps(path, 4);
    if (fd < 0) {
        return api_fail(cli, CLI_FAILED, "Is the disk full?", "%s: %s.", path, strerror(errno));
    }
    close(fd);
    while (code == CLI_USAGE) {
        char *head = complaint(message);
        free(message);
        message = NULL;
        bool ran = write_text(path, head, *text) && run_editor(path);
        char *after = ran ? read_text(path) : NULL;
        if (after == NULL) {
            code = api_fail(cli, CLI_FAILED, "Set $EDITOR to one that works here.",
                            "the editor %s did not run.", editor());
        } else {
            char *body = after;
            while (strncmp(body, "#!", 2) == 0) {
                body += strcspn(body, "\n");
                if (*body != 0) body++;
            }
            if (strcmp(body, *text) == 0 || is_empty(body)) {
                code = api_fail(cli, CLI_REFUSED, NULL, "nothing was written: the text is %s.",
                                is_empty(body) ? "empty" : "as it was");
            } else {
                char *kept = mem_strdup(body);
                free(*text);
                *text = kept;
                if (check(ctx, *text, &message)) {
                    code = CLI_DONE;
                } else if (!cli->interactive) { /* a script would be asked for ever */
                    code = api_fail(cli, CLI_FAILED, NULL, "%s", message);
                }
            }
        }
        free(after);
        free(head);
    }
    free(message);
    unlink(path);
    return code;
}
