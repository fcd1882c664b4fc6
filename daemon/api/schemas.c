/* The record types: what to ask, for prompts and forms. */
#include "daemon/api/names.h"
#include "daemon/api/routes.h"

static json_t *type_json(const struct schema *schema)
{
    static const char *const owners[] = {"school", "network", "any"};
    static const char *const audiences[] = {"own", "network", "target"};
    json_t *sections = json_array();

    for (size_t i = 0; i < schema->n_sections; i++) {
        json_array_append_new(sections, json_string(schema->sections[i].name));
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:I, s:o}", "type",
                     schema->type, "label", schema->label, "plural", schema->plural, "help",
                     schema->help, "owner", owners[schema->owner], "audience",
                     audiences[schema->audience], "widest", schema_widths[schema->widest],
                     "anonymous", schema->anonymous, "built_in", schema->built_in, "v",
                     (json_int_t)schema->v, "sections", sections);
}

void schemas_list(struct call *call)
{
    const struct schema_set *set = call->host->schemas;
    const json_t *refused = call->host->types_refused;
    json_t *items = json_array();

    for (size_t i = 0; i < schema_set_count(set); i++) {
        json_array_append_new(items, type_json(schema_set_at(set, i)));
    }
    call_reply(call, 200,
               json_pack("{s:o, s:o}", "items", items, "refused",
                         refused == NULL ? json_array() : json_deep_copy(refused)));
}

void schemas_show(struct call *call)
{
    const struct schema *schema = schema_set_find(call->host->schemas, call->segments[0]);

    if (schema == NULL) {
        call_fail(call, ERR_NOT_FOUND, "this Kith knows no such type",
                  "kith help types lists those it knows", NULL);
        return;
    }
    call_reply(call, 200, json_incref((json_t *)(uintptr_t)schema->json));
}
