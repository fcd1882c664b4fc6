#include "daemon/view/exported.h"

#include <string.h>

#include "daemon/view/draft.h"
#include "proto/base/text.h"
#include "proto/crypto/hash.h"
#include "proto/record/ijson.h"

enum space_class exported_class(const json_t *json)
{
    static const struct {
        const char *name;
        enum space_class class;
    } classes[] = {{"own", SPACE_OWN}, {"hub", SPACE_HUB}, {"group", SPACE_GROUP}};
    const char *name = ijson_str(json_object_get(json, "space"), "class");
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        if (strcmp(name, classes[i].name) == 0) return classes[i].class;
    }
    return SPACE_NETWORK;
}

/* The text of the member "body" of an exported line, byte for byte as it was written. */
static struct slice body_text(const char *line)
{
    static const char mark[] = ",\"body\":{";
    const char *at = strstr(line, mark);
    size_t n = strlen(line);
    while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r' || line[n - 1] == ' ')) {
        n--;
    }
    if (at == NULL || n == 0 || line[n - 1] != '}') {
        return slice_of(NULL, 0);
    }
    const char *begin = at + sizeof(mark) - 2;
    return begin < line + n - 1 ? slice_of(begin, (size_t)(line + n - 1 - begin))
                                : slice_of(NULL, 0);
}

enum err exported_decode(const char *line, const json_t *json, struct revision *revision,
                         struct slice *body, struct compose *out)
{
    struct revision_id id, named;
    const char *why = "this is no revision";
    *body = body_text(line);
    hash_bytes(id.b, sizeof(id.b), slice_of(NULL, 0), REVISION_ID_LABEL, *body,
               slice_of(NULL, 0));
    if (text_unhex(named.b, sizeof(named.b), ijson_str(json, "revision")) != ERR_OK ||
        !revision_id_eq(&named, &id)) {
        return draft_problem(
            out, ERR_INVALID, "revision",
            "the line was changed since it was exported; as a line by hand give "
            "{\"type\", \"sections\"}");
    }
    if (revision_decode(*body, &id, revision, &why) != ERR_OK) {
        return draft_problem(out, ERR_INVALID, "body", why);
    }
    return ERR_OK;
}
