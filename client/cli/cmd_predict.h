/*
 * cmd_predict.h: what a team thinks will happen, before it happens: by --predict, or asked. Of
 * all that a cycle holds this is skipped most, so it is asked for wherever the next one begins.
 */
#ifndef CLI_CMD_PREDICT_H
#define CLI_CMD_PREDICT_H

#include <jansson.h>

#include "client/cli/args.h"
#include "client/cli/cli.h"

/* Has any question of these sections a prediction? */
bool cmd_predict_has(const json_t *sections);
/*
 * Predictions that were given without a question belong to the questions that a plan has
 * (`had`) and that have none yet, in order. Changes `questions`.
 */
void cmd_predict_name(json_t *questions, const json_t *had);
/* Asks for each question of the cycle that has no prediction yet. Adds to `out`, a plan. */
void cmd_predict_ask(struct cli *cli, const json_t *cycle, json_t *out);
/*
 * The plan that goes over the copy in the cycle after this one: what --predict says, for each
 * question in order, or on a terminal what a person answers. NULL: nothing. New reference.
 */
json_t *cmd_predict_next(struct cli *cli, const json_t *cycle, const struct args *args);

#endif
