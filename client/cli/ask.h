/*
 * ask.h: questions to a person. Prompts go to stderr, so that results can be piped.
 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "client/cli/cli.h"

/* A line, without its end, trimmed. free() it. NULL at the end of the input. */
char *ask_line(struct cli *cli, const char *prompt);
/* As ask_line, unseen while it is typed. Without a terminal it reads a line all the same. */
char *ask_hidden(struct cli *cli, const char *prompt);
/*
 * Yes or no. --yes answers yes. With nobody to ask: CLI_USAGE, told to add --yes; a no is
 * CLI_REFUSED ("nothing was changed").
 */
__attribute__((format(printf, 2, 3))) enum cli_exit ask_sure(struct cli *cli,
                                                             const char *format, ...);
/* The twelve words: from --phrase-file, or asked. Wipe with ask_forget. */
enum cli_exit ask_phrase(struct cli *cli, const char *phrase_file, char **out);
void ask_forget(char *secret);

/*
 * Opens $VISUAL, $EDITOR or nano/vi on *text (owned; replaced). check judges the result and may
 * put a message (free()d here) that is shown on top of the text when it opens again. A person
 * who leaves the text as it was, or takes all of it away, gives up: CLI_REFUSED.
 */
typedef bool (*ask_check_fn)(void *ctx, const char *text, char **message);
enum cli_exit ask_editor(struct cli *cli, const char *name, char **text, ask_check_fn check,
                         void *ctx);

#endif
