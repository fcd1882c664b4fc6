/*
 * cli.h: kith, the command line. It talks to the daemon's API and shows what the API returned.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "client/cli/term.h"

/* What the shell sees. */
enum cli_exit {
    CLI_DONE = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_NOT_FOUND = 3,
    CLI_UNREACHABLE = 4,
    CLI_REFUSED = 5,
};

/* One run of the program. */
struct cli {
    struct term out; /* results */
    struct term err; /* errors, progress, prompts */
    FILE *in;
    bool interactive;    /* a person can be asked: in and err are terminals */
    bool json;           /* --json: the API's answer, nothing else, on out */
    bool yes;            /* --yes: every question is answered yes */
    bool mute;           /* what the API refuses is not said: the caller tries several */
    const char *network; /* --network, or NULL */
    char *data_dir;      /* owned */
    char *socket_path;   /* owned */
    int64_t now_s;
};

/* The program: files in place of stdin, stdout and stderr. Returns the exit code. */
int cli_main(int argc, char **argv, FILE *in, FILE *out, FILE *err);

#endif
