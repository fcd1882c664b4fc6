#include "client/cli/cmd_doctor.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/cli/api.h"

/* A problem, and how often it was found; said at its first place alone. */
static void show_problem(struct cli *cli, const json_t *problems, size_t at)
{
    const json_t *problem = json_array_get(problems, at), *other;
    const char *code = api_str(problem, "code"), *where = api_str(problem, "where");
    size_t n = 0;
    for (size_t i = 0; (other = json_array_get(problems, i)) != NULL; i++) {
        if (strcmp(api_str(other, "code"), code) != 0) continue;
        if (i < at) return;
        n++;
    }
    term_gap(&cli->out);
    term_add(&cli->out, TERM_WARN, api_str(problem, "text"));
    if (where[0] != '\0') term_addf(&cli->out, TERM_DIM, " (%s)", where);
    if (n > 1) term_addf(&cli->out, TERM_WARN, ", and %zu more", n - 1);
    term_end(&cli->out, 2, 4);
    if (api_str(problem, "hint")[0] == '\0') return;
    term_add(&cli->out, TERM_PLAIN, api_str(problem, "hint"));
    term_end(&cli->out, 4, 4);
}

static void show_verdict(struct cli *cli, const json_t *result)
{
    static const char *const counts[] = {"envelopes", "statements", "signatures", "grants",
                                         "records"};
    const json_t *checked = json_object_get(result, "checked"),
                 *problems = api_list(result, "problems");
    size_t i;
    bool healthy = api_bool(result, "healthy");
    term_add(&cli->out, healthy ? TERM_GOOD : TERM_BAD, healthy ? "Healthy." : "Not healthy.");
    term_add(&cli->out, TERM_DIM, " Checked");
    for (i = 0; i < 5; i++) {
        int64_t n = api_int(checked, counts[i]);
        size_t letters = strlen(counts[i]) - (n == 1); /* "1 record" */
        term_addf(&cli->out, TERM_DIM, "%s %lld %.*s", i == 0 ? "" : ",", (long long)n,
                  (int)letters, counts[i]);
    }
    term_add(&cli->out, TERM_DIM, ".");
    term_end(&cli->out, 0, 2);
    for (i = 0; i < json_array_size(problems); i++)
        show_problem(cli, problems, i);
    int64_t mended = api_int(result, "mended");
    if (mended > 0) {
        term_addf(&cli->out, TERM_PLAIN,
                  mended == 1 ? "One damaged payload came back from another member."
                              : "%lld damaged payloads came back from other members.",
                  (long long)mended);
        term_end(&cli->out, 0, 0);
    }
    if (api_bool(result, "rebuilt"))
        term_line(&cli->out, TERM_PLAIN, "What is shown was built anew.");
}

/* Asks every 200 ms, showing how far it is. Takes and replaces *job. */
static enum cli_exit follow(struct cli *cli, json_t **job)
{
    const struct timespec pause = {.tv_nsec = 200 * 1000 * 1000};
    char *id = mem_strdup(api_str(*job, "id"));
    enum cli_exit code = CLI_DONE;
    while (code == CLI_DONE && strcmp(api_str(*job, "state"), "running") == 0) {
        int64_t done = api_int(*job, "done"), of = api_int(*job, "of");
        if (of > 0) {
            term_progress(&cli->err, "%s  %lld of %lld", api_str(*job, "step"), (long long)done,
                          (long long)of);
        } else {
            term_progress(&cli->err, "%s  %lld", api_str(*job, "step"), (long long)done);
        }
        nanosleep(&pause, NULL);
        json_decref(*job);
        code = api_get(cli, api_path(cli, "jobs", id, NULL), job);
    }
    term_progress_done(&cli->err);
    free(id);
    return code;
}

enum cli_exit cmd_doctor_run(struct cli *cli, const struct command *command,
                             const struct args *args)
{
    (void)command;
    json_t *answer = NULL;
    json_t *body = args_has(args, "rebuild") ? json_pack("{s:b}", "rebuild", 1) : json_object();
    enum cli_exit code = api_send(cli, "POST", api_path(cli, "doctor", NULL), body, &answer);
    if (code != CLI_DONE) return code;
    json_t *job = json_incref(json_object_get(answer, "job"));
    json_decref(answer);
    code = follow(cli, &job);
    if (code != CLI_DONE) return code;
    const json_t *result = json_object_get(job, "result");
    if (strcmp(api_str(job, "state"), "done") != 0) {
        const json_t *error = json_object_get(job, "error");
        if (json_is_object(json_object_get(error, "error")))
            error = json_object_get(error, "error");
        code = api_fail(cli, CLI_FAILED, api_str(error, "hint"),
                        "the examination ended early: %s", api_str(error, "message"));
    } else {
        if (!api_json(cli, result)) show_verdict(cli, result);
        if (!api_bool(result, "healthy")) code = CLI_FAILED;
    }
    json_decref(job);
    return code;
}
