#include "proto/record/aim.h"

#include "proto/record/schema.h"

static const struct {
    const char *path;
    const char *text;
} parts[] = {
#define X(name, path, text) {path, text},
    AIM_PART_TABLE(X)
#undef X
};

bool aim_lacks(const json_t *sections, enum aim_part part)
{
    const json_t *value = schema_get(sections, parts[part].path);
    if (json_is_string(value)) return json_string_length(value) == 0;
    if (json_is_array(value)) return json_array_size(value) == 0;
    return !json_is_number(value);
}

json_t *aim_missing(const json_t *sections)
{
    json_t *out = json_array();
    for (int i = 0; i < AIM_PART_COUNT; i++) {
        if (aim_lacks(sections, (enum aim_part)i)) {
            json_array_append_new(out, json_string(parts[i].text));
        }
    }
    return out;
}
