/* The record types: what to ask, for prompts and forms. */
#include "daemon/api/names.h"
#include "daemon/api/routes.h"

void schemas_list(struct call *call)
{
    static const char *const owners[] = {"school", "network", "any"};
    const struct schema_set *set = call->host->schemas;
    json_t *items = json_array();

    for (size_t i = 0; i < schema_set_count(set); i++) {
        const struct schema *schema = schema_set_at(set, i);
        json_t *sections = json_array();

        for (size_t j = 0; j < schema->n_sections; j++) {
            json_array_append_new(sections, json_string(schema->sections[j].name));
        }
        json_array_append_new(items, json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:o}", "type",
                                               schema->type, "label", schema->label, "plural",
                                               schema->plural, "help", schema->help, "owner",
                                               owners[schema->owner], "v",
                                               (json_int_t)schema->v, "sections", sections));
    }
    call_reply(call, 200, json_pack("{s:o}", "items", items));
}

void schemas_show(struct call *call)
{
    const struct schema *schema = schema_set_find(call->host->schemas, call->segments[0]);

    if (schema == NULL) {
        call_fail(call, ERR_NOT_FOUND, "this Kith knows no such type",
                  "GET /v1/schemas lists those it knows", NULL);
        return;
    }
    call_reply(call, 200, json_incref((json_t *)(uintptr_t)schema->json));
}
