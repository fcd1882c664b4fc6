/* Record types: is this one, and does this document hold by it? */
#include <stdlib.h>
#include <string.h>

#include "proto/record/schema.h"
#include "tests/tools/ops.h"

/* The type that the request brings, or one that is built in. */
static const struct schema *type_of(struct ask *ask, struct schema_set *set)
{
    const json_t *brought = json_object_get(ask->request, "schema");
    char *why = NULL;
    if (brought == NULL) {
        const struct schema *known = schema_set_find(set, ask_text(ask, ask->request, "type"));
        if (known == NULL) ask_fail(ask, "type", "is no type that is built in");
        return known;
    }
    char *text = json_dumps(brought, JSON_COMPACT | JSON_ENCODE_ANY);
    enum err err = schema_set_add(set, slice_of(text, strlen(text)), &why);
    free(text);
    if (err == ERR_OK) {
        return schema_set_find(set, json_string_value(json_object_get(brought, "title")));
    }
    ask_result(ask, err);
    json_object_set_new(ask->answer, "schema", json_string(why));
    free(why);
    return NULL;
}

void op_schema(struct ask *ask)
{
    const json_t *document = json_object_get(ask->request, "document");
    bool part = json_is_true(json_object_get(ask->request, "part"));
    bool brings = json_object_get(ask->request, "schema") != NULL;
    struct schema_problem problem = {{0}, {0}};
    static struct schema_set *built_in;
    if (built_in == NULL) built_in = schema_set_new();
    struct schema_set *set = brings ? schema_set_bare() : built_in;
    const struct schema *schema = type_of(ask, set);
    if (schema != NULL && document == NULL) {
        ask_result(ask, ERR_OK); /* it is a type */
    } else if (schema != NULL) {
        enum err err =
            schema_validate(schema, document, part ? SCHEMA_PART : SCHEMA_WHOLE, &problem);
        ask_result(ask, err);
        if (err != ERR_OK) {
            json_object_set_new(ask->answer, "path", json_string(problem.path));
            json_object_set_new(ask->answer, "text", json_string(problem.text));
        }
    }
    if (brings) schema_set_free(set);
}
