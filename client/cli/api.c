#include "client/cli/api.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/base/check.h"

/* docs/API.md's table, where the exit is not 1. */
static const struct {
    const char *code;
    enum cli_exit exit;
} exits[] = {
    {"NOT_FOUND", CLI_NOT_FOUND}, {"SIGN_IN", CLI_REFUSED},         {"REFUSED", CLI_REFUSED},
    {"ORIGIN", CLI_REFUSED},      {"PHRASE", CLI_REFUSED},          {"RIGHTS", CLI_REFUSED},
    {"NOT_MEMBER", CLI_REFUSED},  {"EXISTS", CLI_REFUSED},          {"LIMIT", CLI_REFUSED},
    {"NOT_JOINED", CLI_REFUSED},  {"NOT_INITIALISED", CLI_REFUSED}, {"EXPIRED", CLI_REFUSED},
};

enum cli_exit api_exit(const char *code)
{
    for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
        if (strcmp(exits[i].code, code) == 0) return exits[i].exit;
    }
    return CLI_FAILED;
}

static char *text_of(struct buf *buf)
{
    buf_put_u8(buf, 0);
    return (char *)buf->data;
}

char *api_path(const struct cli *cli, ...)
{
    struct buf path = {0};
    va_list segments;
    const char *segment;
    buf_put_str(&path, "/v1/networks/");
    http_put_escaped(&path, cli->network == NULL ? "-" : cli->network);
    va_start(segments, cli);
    while ((segment = va_arg(segments, const char *)) != NULL) {
        buf_put_u8(&path, '/');
        http_put_escaped(&path, segment);
    }
    va_end(segments);
    return text_of(&path);
}

char *api_with(char *target, const char *key, const char *value)
{
    if (value == NULL) return target;
    struct buf out = {0};
    buf_put_str(&out, target);
    buf_put_u8(&out, strchr(target, '?') == NULL ? '?' : '&');
    http_put_escaped(&out, key);
    buf_put_u8(&out, '=');
    http_put_escaped(&out, value);
    free(target);
    return text_of(&out);
}

static void say_error(struct cli *cli, const char *code, const char *message, const char *hint,
                      const char *path)
{
    if (cli->json) {
        json_t *error = json_pack("{s:{s:s, s:s, s:s*}}", "error", "code", code, "message",
                                  message, "hint", hint);
        if (error == NULL) return;
        if (path[0] != '\0') {
            json_object_set_new(json_object_get(error, "error"), "path", json_string(path));
        }
        json_dumpf(error, cli->err.file, JSON_COMPACT | JSON_ENSURE_ASCII);
        fputc('\n', cli->err.file);
        json_decref(error);
        return;
    }
    static const char sections[] = "$.sections."; /* for people: the section and the field */
    term_add(&cli->err, TERM_BAD, "kith: ");
    term_add(&cli->err, TERM_PLAIN, message);
    if (strncmp(path, sections, sizeof(sections) - 1) == 0)
        term_addf(&cli->err, TERM_DIM, " (%s)", path + sizeof(sections) - 1);
    term_end(&cli->err, 0, 6);
    if (hint != NULL && hint[0] != '\0') {
        term_add(&cli->err, TERM_DIM, hint);
        term_end(&cli->err, 6, 6);
    }
}

enum cli_exit api_fail(struct cli *cli, enum cli_exit code, const char *hint,
                       const char *format, ...)
{
    static const char *const codes[] = {
        [CLI_DONE] = "OK",
        [CLI_FAILED] = "FAILED",
        [CLI_USAGE] = "USAGE",
        [CLI_NOT_FOUND] = "NOT_FOUND",
        [CLI_UNREACHABLE] = "UNREACHABLE",
        [CLI_REFUSED] = "REFUSED",
    };
    char *message = NULL;
    va_list args;
    va_start(args, format);
    CHECK(vasprintf(&message, format, args) >= 0);
    va_end(args);
    say_error(cli, codes[code], message, hint, "");
    free(message);
    return code;
}

static enum cli_exit say_transport(struct cli *cli, enum err err)
{
    char hint[1200];
    switch ((int)err) {
    case ERR_NOT_FOUND:
    case ERR_CLOSED:
        snprintf(hint, sizeof(hint), "Start it with: kithd --data %s", cli->data_dir);
        return api_fail(cli, CLI_UNREACHABLE, hint, "no Kith is running for %s.",
                        cli->data_dir);
    case ERR_REFUSED:
        return api_fail(cli, CLI_UNREACHABLE,
                        "Ask whoever set this computer up to add you to the group kith.",
                        "you may not use the Kith in %s.", cli->data_dir);
    case ERR_TIMEOUT:
        return api_fail(cli, CLI_UNREACHABLE, "Try again; kith doctor looks at the daemon.",
                        "the daemon did not answer in time.");
    case ERR_MALFORMED:
        return api_fail(cli, CLI_FAILED, "Is it a kithd, and of this version?",
                        "what answers at %s does not speak Kith's API.", cli->socket_path);
    case ERR_IO:
        return api_fail(cli, CLI_FAILED, "Is the disk full, or the file gone?",
                        "a file could not be read or written.");
    default:
        return api_fail(cli, CLI_FAILED, "Try again; kith doctor looks at the daemon.",
                        "talking to the daemon failed: %s.", err_text(err));
    }
}

/* Several things may be wrong at once: the first is in the message. */
static void say_problems(struct cli *cli, const json_t *error)
{
    json_t *problem;
    size_t i;
    json_array_foreach(json_object_get(error, "problems"), i, problem)
    {
        if (json_array_size(json_object_get(error, "problems")) < 2) return;
        term_addf(&cli->err, TERM_DIM, "%s.%s: ", api_str(problem, "section"),
                  api_str(problem, "field"));
        term_add(&cli->err, TERM_PLAIN, api_str(problem, "text"));
        term_end(&cli->err, 6, 8);
    }
}

void api_warnings(struct cli *cli, const json_t *answer)
{
    json_t *warning;
    size_t i;
    json_array_foreach(json_object_get(answer, "warnings"), i, warning)
    {
        term_add(&cli->out, TERM_WARN, api_str(warning, "text"));
        term_end(&cli->out, 2, 4);
    }
}

static enum cli_exit say_answer(struct cli *cli, const struct http_answer *answer)
{
    json_t *root = json_loadb((const char *)answer->body.data, answer->body.len, 0, NULL);
    const json_t *error = json_object_get(root, "error");
    enum cli_exit code = CLI_FAILED;
    if (error == NULL) {
        api_fail(cli, CLI_FAILED, "kith doctor looks at the daemon.",
                 "the daemon answered with status %d.", answer->status);
    } else {
        code = api_exit(api_str(error, "code"));
        if (cli->json) { /* as it came, with all that it says */
            json_dumpf(root, cli->err.file, JSON_COMPACT | JSON_ENSURE_ASCII);
            fputc('\n', cli->err.file);
        } else if (!cli->mute) {
            say_error(cli, api_str(error, "code"), api_str(error, "message"),
                      api_str(error, "hint"), api_str(error, "path"));
            say_problems(cli, error);
        }
    }
    json_decref(root);
    return code;
}

enum cli_exit api_stream(struct cli *cli, const struct http_request *request,
                         struct http_answer *answer)
{
    enum err err = http_call(cli->socket_path, request, answer);
    if (err != ERR_OK) return say_transport(cli, err);
    if (answer->status >= 200 && answer->status < 300) return CLI_DONE;
    enum cli_exit code = say_answer(cli, answer);
    http_answer_fini(answer);
    return code;
}

static enum cli_exit call(struct cli *cli, const char *method, char *target, json_t *body,
                          bool quiet, json_t **out)
{
    struct http_request request = {.method = method, .target = target};
    struct http_answer answer;
    char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    enum cli_exit code;
    *out = NULL;
    /* The daemon itself waits up to 60 s for a sync, and derives keys for a second or more. */
    request.timeout_ms = strcmp(method, "GET") == 0 ? 0 : 120 * 1000;
    if (text != NULL) {
        request.content_type = "application/json";
        request.body = slice_of(text, strlen(text));
    }
    enum err err = http_call(cli->socket_path, &request, &answer);
    if (err != ERR_OK) {
        code = say_transport(cli, err);
    } else if (answer.status == 404 && quiet) {
        code = CLI_NOT_FOUND;
    } else if (answer.status < 200 || answer.status >= 300) {
        code = say_answer(cli, &answer);
    } else {
        code = CLI_DONE;
        if (answer.body.len > 0) {
            *out = json_loadb((const char *)answer.body.data, answer.body.len,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
            if (*out == NULL) code = say_transport(cli, ERR_MALFORMED);
        }
        if (*out == NULL && code == CLI_DONE) *out = json_object();
    }
    if (err == ERR_OK) http_answer_fini(&answer);
    if (text != NULL) mem_wipe(text, strlen(text)); /* it may hold the phrase */
    free(text);
    json_decref(body);
    free(target);
    return code;
}

enum cli_exit api_get(struct cli *cli, char *target, json_t **out)
{
    return call(cli, "GET", target, NULL, false, out);
}

enum cli_exit api_try(struct cli *cli, char *target, json_t **out)
{
    return call(cli, "GET", target, NULL, true, out);
}

enum cli_exit api_reachable(struct cli *cli)
{
    json_t *version;
    cli->mute = true; /* what it answers is of no matter */
    enum cli_exit code = api_get(cli, mem_strdup("/v1/version"), &version);
    cli->mute = false;
    json_decref(version);
    return code == CLI_UNREACHABLE ? code : CLI_DONE;
}

enum cli_exit api_send(struct cli *cli, const char *method, char *target, json_t *body,
                       json_t **out)
{
    json_t *answer;
    enum cli_exit code = call(cli, method, target, body, false, &answer);
    if (out != NULL) {
        *out = answer;
    } else {
        json_decref(answer);
    }
    return code;
}

bool api_json(struct cli *cli, const json_t *value)
{
    if (!cli->json) return false;
    /* On a terminal ASCII and indented: what peers wrote may not steer it. */
    size_t how = cli->out.tty ? JSON_INDENT(2) | JSON_ENSURE_ASCII : JSON_COMPACT;
    json_dumpf(value, cli->out.file, how | JSON_ENCODE_ANY);
    fputc('\n', cli->out.file);
    return true;
}

const char *api_str(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

int64_t api_int(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_string(value)) return strtoll(json_string_value(value), NULL, 10);
    return json_is_real(value) ? (int64_t)json_real_value(value) : json_integer_value(value);
}

bool api_bool(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

json_t *api_list(const json_t *object, const char *key)
{
    return json_object_get(object, key); /* jansson's array calls take NULL as empty */
}

const char *api_name(const json_t *object, const char *key)
{
    const json_t *named = json_object_get(object, key);
    const char *name = api_str(named, "name"), *id = api_str(named, "id");
    if (name[0] != '\0' || id[0] == '\0') return name;
    if (api_bool(named, "mine")) return "this school";
    static char shorts[4][9]; /* a line names a few at most */
    static unsigned next;
    return api_short(shorts[next++ % 4], id);
}

int64_t api_time(const json_t *object, const char *key)
{
    struct tm parts = {0};
    const char *end = strptime(api_str(object, key), "%Y-%m-%dT%H:%M:%S", &parts);
    return end == NULL || *end != 'Z' ? 0 : (int64_t)timegm(&parts);
}

const char *api_short(char out[9], const char *id)
{
    snprintf(out, 9, "%.6s", id);
    return out;
}
