#include "client/cli/cmd_start.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/ask.h"

/*
 * New words are shown once: between the moment they begin to count and the moment they stand on
 * the screen an impatient Ctrl-C would lose them for good.
 */
static void hold_signals(bool hold)
{
    signal(SIGINT, hold ? SIG_IGN : SIG_DFL);
    signal(SIGHUP, hold ? SIG_IGN : SIG_DFL);
}

/* The twelve words, four a line, numbered. */
static void show_words(struct cli *cli, const char *words)
{
    term_heading(&cli->out, "The twelve words of this school");
    for (size_t n = 1; *words != '\0'; n++) {
        size_t length = strcspn(words, " ");
        term_addf(&cli->out, TERM_DIM, "%2zu ", n);
        term_addf(&cli->out, TERM_BOLD, n % 4 == 0 ? "%.*s" : "%-12.*s", (int)length, words);
        words += length + (words[length] == ' ');
        if (n % 4 == 0 || *words == '\0') term_end(&cli->out, 2, 2);
    }
    term_gap(&cli->out);
    term_line(&cli->out, TERM_PLAIN,
              "Write them on paper now and keep it in the school's safe. They are shown "
              "this once, and are what brings the school back after a theft or a fire.");
}

/* With the code of another computer of the school, and its words: one more device of it. */
static enum cli_exit enlist(struct cli *cli, const char *code_text, const char *phrase)
{
    json_t *answer = NULL;
    term_progress(&cli->err, "Opening the keys, a second or two …");
    enum cli_exit code =
        api_send(cli, "POST", api_path(cli, "enlist", NULL),
                 json_pack("{s:s, s:s}", "code", code_text, "phrase", phrase), &answer);
    term_progress_done(&cli->err);
    json_decref(answer);
    return code;
}

static void say_enlisted(struct cli *cli)
{
    term_line(&cli->out, TERM_GOOD, "This is a device of the school now.");
    term_next(&cli->out, "Next: kith sync --wait fetches what the school has.");
}

static enum cli_exit run_init(struct cli *cli, const struct command *command,
                              const struct args *args)
{
    (void)command;
    json_t *body = json_object(), *answer = NULL;
    char *phrase = NULL;
    enum cli_exit code = CLI_DONE;
    const char *school = args_get(args, "school"), *code_text = args_get(args, "code");
    if (school == NULL) school = args_word(args, 0);
    char *asked = NULL;
    if (school == NULL && code_text != NULL) {
        school = "This school"; /* its name comes with what its other computers send */
    } else if (school == NULL && cli->interactive) {
        asked = ask_line(cli, "What is the school called?");
        school = asked;
    }
    if (school == NULL || school[0] == '\0') {
        code = api_fail(cli, CLI_USAGE, "kith init \"Lincoln High School\"",
                        "the school needs a name.");
    }
    if (code == CLI_DONE &&
        (code_text != NULL || args_has(args, "known") || args_has(args, "phrase-file"))) {
        code = ask_phrase(cli, args_get(args, "phrase-file"), &phrase);
    }
    if (code == CLI_DONE) {
        json_object_set_new(body, "school", json_string(school));
        if (args_has(args, "device")) {
            json_object_set_new(body, "device", json_string(args_get(args, "device")));
        }
        if (cli->network != NULL)
            json_object_set_new(body, "network", json_string(cli->network));
        if (phrase != NULL) json_object_set_new(body, "phrase", json_string(phrase));
        if (code_text != NULL) json_object_set_new(body, "code", json_string(code_text));
        hold_signals(phrase == NULL);
        term_progress(&cli->err, "Making the keys …");
        code = api_send(cli, "POST", mem_strdup("/v1/init"), json_incref(body), &answer);
        term_progress_done(&cli->err);
    }
    if (code == CLI_DONE && code_text != NULL) {
        code = enlist(cli, code_text, phrase);
        if (code == CLI_DONE && !api_json(cli, answer)) say_enlisted(cli);
        if (code != CLI_DONE && !cli->json)
            term_next(&cli->err, "The keys are made; kith enlist CODE tries the rest again.");
    } else if (code == CLI_DONE && !api_json(cli, answer)) {
        term_addf(&cli->out, TERM_GOOD, "Ready.");
        term_addf(&cli->out, TERM_PLAIN, " This is %s.", api_name(answer, "school"));
        term_end(&cli->out, 0, 2);
        if (api_str(answer, "words")[0] != '\0') show_words(cli, api_str(answer, "words"));
        term_next(&cli->out, "Next: kith cycle plan \"what you will try\" --predict \"what you "
                             "think will happen\". Joining a network can wait.");
    }
    hold_signals(false);
    ask_forget(phrase);
    free(asked);
    json_decref(answer);
    json_decref(body);
    return code;
}

/* A POST that needs the phrase besides what is in body. Takes body. */
static enum cli_exit with_phrase(struct cli *cli, const struct args *args, char *target,
                                 json_t *body, json_t **answer)
{
    char *phrase = NULL;
    enum cli_exit code = api_reachable(cli);
    if (code == CLI_DONE) code = ask_phrase(cli, args_get(args, "phrase-file"), &phrase);
    if (code != CLI_DONE) {
        free(target);
        json_decref(body);
        return code;
    }
    json_object_set_new(body, "phrase", json_string(phrase));
    ask_forget(phrase);
    hold_signals(strstr(target, "/root/") != NULL);
    term_progress(&cli->err, "Opening the keys, a second or two …");
    code = api_send(cli, "POST", target, body, answer);
    term_progress_done(&cli->err);
    return code;
}

static enum cli_exit run_found(struct cli *cli, const struct command *command,
                               const struct args *args)
{
    (void)command;
    json_t *answer = NULL;
    enum cli_exit code = with_phrase(cli, args, api_path(cli, "found", NULL),
                                     json_pack("{s:s}", "title", args->words[0]), &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        term_addf(&cli->out, TERM_GOOD, "Founded");
        term_addf(&cli->out, TERM_PLAIN, " %s. This school is its hub and first steward.",
                  args->words[0]);
        term_end(&cli->out, 0, 2);
        term_next(&cli->out, "Next: kith invite create --note \"for whom\" lets a school in.");
    }
    json_decref(answer);
    return code;
}

/* A code that lies in a file, whatever stands around it there; NULL: it is no such file. */
static char *code_in(const char *path)
{
    FILE *file = fopen(path, "re");
    char *line = NULL, *found = NULL;
    size_t cap = 0;
    if (file == NULL) return NULL;
    while (found == NULL && getline(&line, &cap, file) >= 0) {
        const char *at = strstr(line, "KITH-");
        if (at != NULL) found = mem_strdup(at); /* to the line's end: it may have blanks */
    }
    free(line);
    fclose(file);
    return found;
}

/* The code of an invitation: words, a file that holds it, or asked for. free() it. */
static char *invitation(struct cli *cli, const struct args *args)
{
    if (args->n == 0 && cli->interactive) return ask_line(cli, "The code of the invitation");
    char *file = args->n == 1 && strncasecmp(args->words[0], "KITH-", 5) != 0
                     ? code_in(args->words[0])
                     : NULL;
    return file != NULL ? file : args_words(args);
}

static enum cli_exit run_join(struct cli *cli, const struct command *command,
                              const struct args *args)
{
    (void)command;
    json_t *answer = NULL;
    char *code_text = invitation(cli, args);
    if (code_text == NULL || code_text[0] == '\0') {
        free(code_text);
        return api_fail(cli, CLI_USAGE, "kith join KITH-…, or kith join FILE",
                        "the code of an invitation is needed here.");
    }
    enum cli_exit code = with_phrase(cli, args, api_path(cli, "join", NULL),
                                     json_pack("{s:s}", "code", code_text), &answer);
    free(code_text);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        if (api_str(answer, "words")[0] == '\0') {
            term_line(&cli->out, TERM_WARN,
                      "No steward could be reached yet; Kith goes on trying.");
            term_next(&cli->out,
                      "Next: kith status shows your four words when one was reached.");
        } else {
            term_line(&cli->out, TERM_PLAIN, "Asked to join. Your four words are");
            term_gap(&cli->out);
            term_add(&cli->out, TERM_BOLD, api_str(answer, "words"));
            term_end(&cli->out, 4, 4);
            term_next(&cli->out, "Next: telephone the steward who invited you and read them "
                                 "out. They must see the same four. kith status says when you "
                                 "are in; meanwhile go on working.");
        }
    }
    json_decref(answer);
    return code;
}

static enum cli_exit run_enlist(struct cli *cli, const struct command *command,
                                const struct args *args)
{
    (void)command;
    json_t *answer = NULL;
    enum cli_exit code = with_phrase(cli, args, api_path(cli, "enlist", NULL),
                                     json_pack("{s:s}", "code", args->words[0]), &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        say_enlisted(cli);
    }
    json_decref(answer);
    return code;
}

static enum cli_exit run_leave(struct cli *cli, const struct command *command,
                               const struct args *args)
{
    (void)command;
    json_t *answer = NULL;
    enum cli_exit code =
        ask_sure(cli, "Leave the network? This school reads on what it has, and "
                      "writes, sends and receives nothing more here.");
    if (code != CLI_DONE) return code;
    code = with_phrase(cli, args, api_path(cli, "leave", NULL), json_object(), &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        term_line(&cli->out, TERM_PLAIN,
                  "Left. What is here can be read, and no more be added to.");
        term_next(
            &cli->out,
            "To go on, alone or readmitted: kith export FILE here; then, with an empty data "
            "folder, kith init SCHOOL --known and kith import FILE.");
    }
    json_decref(answer);
    return code;
}

static enum cli_exit run_rotate(struct cli *cli, const struct command *command,
                                const struct args *args)
{
    (void)command;
    json_t *answer = NULL;
    enum cli_exit code =
        ask_sure(cli, "Give this school twelve new words? The old ones are worth "
                      "nothing afterwards.");
    if (code != CLI_DONE) return code;
    code =
        with_phrase(cli, args, api_path(cli, "root", "rotate", NULL), json_object(), &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) show_words(cli, api_str(answer, "words"));
    hold_signals(false);
    json_decref(answer);
    return code;
}

static enum cli_exit run_addresses(struct cli *cli, const struct command *command,
                                   const struct args *args)
{
    (void)command;
    json_t *list = json_array(), *answer = NULL;
    for (size_t i = 0; i < args->n; i++)
        json_array_append_new(list, json_string(args->words[i]));
    enum cli_exit code = api_send(cli, "PUT", api_path(cli, "addresses", NULL),
                                  json_pack("{s:o}", "addresses", list), &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        term_line(&cli->out, TERM_PLAIN, "Other schools are told at the next meeting.");
    }
    json_decref(answer);
    return code;
}

#define PHRASE_FILE                                                                         \
    {                                                                                       \
        .name = "phrase-file", .value = "FILE", .help = "read the twelve words from a file" \
    }
static const struct args_option init_options[] = {
    {.name = "school", .value = "NAME", .help = "the school's name"},
    {.name = "device", .value = "NAME", .help = "what this computer is called"},
    {.name = "known", .help = "the school has its twelve words already: ask for them"},
    {.name = "code",
     .value = "CODE",
     .help = "from kith device add on another of its computers"},
    PHRASE_FILE,
    {.name = NULL},
};
static const struct args_option phrase_options[] = {PHRASE_FILE, {.name = NULL}};

#define ROW .group = COMMAND_START
const struct command cmd_start_commands[] = {
    {.name = "init",
     .words = "[SCHOOL]",
     ROW,
     .max = 1,
     .summary = "Make this computer a school's",
     .help =
         "Makes the school's twelve words and this computer's keys. From then on everything "
         "works here, with or without a network.",
     .example = "kith init \"Lincoln High School\"",
     .options = init_options,
     .run = run_init},
    {.name = "found",
     .words = "TITLE",
     ROW,
     .min = 1,
     .max = 1,
     .summary = "Found a network",
     .help = "This school becomes its hub and first steward. Asks for the twelve words.",
     .example = "kith found \"College Access Network\"",
     .options = phrase_options,
     .run = run_found},
    {.name = "join",
     .words = "CODE | FILE",
     ROW,
     .max = COMMAND_MANY,
     .summary = "Ask to join with an invitation",
     .help =
         "A steward gave you the code, or a file with it. It answers with four words: read "
         "them "
         "to the steward on the telephone, who then lets you in. What you wrote before comes "
         "along.",
     .example = "kith join KITH-7M2Q-…\nkith join invitation.txt",
     .options = phrase_options,
     .run = run_join},
    {.name = "enlist",
     .words = "CODE",
     ROW,
     .min = 1,
     .max = 1,
     .summary = "Make this one more device of a school",
     .help =
         "kith init --code CODE does it by itself; this tries again when it could not, with "
         "a code of the same school and the same words.",
     .example = "kith enlist KITHDEV-0ACWF7…",
     .options = phrase_options,
     .run = run_enlist},
    {.name = "addresses",
     .words = "HOST:PORT …",
     ROW,
     .min = 1,
     .max = 8,
     .summary = "Say where others can reach this computer",
     .help = "Needed on a computer that others call, such as a steward's. At most eight.",
     .example = "kith addresses kith.lincoln.example:7447",
     .run = run_addresses},
    {.name = "words new",
     .words = "",
     ROW,
     .summary = "Replace the school's twelve words",
     .help = "When somebody else may have seen them. Asks for the old ones, shows the new ones "
             "once.",
     .example = "kith words new",
     .options = phrase_options,
     .run = run_rotate},
    {.name = "leave",
     .words = "",
     ROW,
     .summary = "Leave the network",
     .help = "Everything that this computer holds stays readable here; its keys are dead, so "
             "nothing "
             "is added. To come back: kith export FILE, then in an empty data folder kith init "
             "SCHOOL "
             "--known with the twelve words, kith import FILE, and kith join with a new code.",
     .example = "kith leave",
     .options = phrase_options,
     .run = run_leave},
    {.name = NULL},
};
