/*
 * args.h: the command line, strictly. Options stand anywhere after the command, as `--name
 * value`,
 * `--name=value` or `-n value`; `--` ends them. What is not understood is a usage error that
 * names the nearest thing that would be.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/base/mem.h"

struct args_option {
    const char *name;  /* without the hyphens; NULL ends a list */
    char letter;       /* or 0 */
    bool many;         /* may be given more than once */
    const char *value; /* what its value is called ("WORDS"); NULL: a switch */
    const char *help;
};

struct args_given {
    const struct args_option *option;
    const char *value; /* borrowed from argv; NULL for a switch */
};

struct args {
    const char **words; /* what is no option, in order */
    size_t n;
    struct args_given *given;
    size_t n_given;
    struct buf error; /* a sentence, when args_parse failed; NUL-terminated */
};

/* Reads argv[0 … argc-1] against the lists of options. False: see args->error. */
bool args_parse(struct args *args, int argc, char *const *argv,
                const struct args_option *const *lists, size_t n_lists);
void args_fini(struct args *args);

/* The last value of an option; NULL when it was not given. */
const char *args_get(const struct args *args, const char *name);
bool args_has(const struct args *args, const char *name);
/* Walks the values of an option that may be repeated: *at = 0 first; NULL at the end. */
const char *args_next(const struct args *args, const char *name, size_t *at);
/* Word number i, or NULL. */
const char *args_word(const struct args *args, size_t i);

/* All words with a blank between: a title typed without quotes. free() it. */
char *args_words(const struct args *args);

/* Of the words, the one that a person who typed `typed` may have meant; NULL when none is near.
 */
const char *args_nearest(const char *typed, const char *const *words, size_t n);

#endif
