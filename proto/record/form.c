#include "proto/record/form.h"

#include <string.h>

#include "proto/base/check.h"
#include "proto/base/limits.h"
#include "proto/record/embedded.h"
#include "proto/record/ijson.h"

json_t *form_at(size_t index)
{
    json_t *form = NULL;
    if (index >= embedded_form_count) return NULL;
    struct slice text = slice_of(embedded_form[index].text, embedded_form[index].n);
    CHECK(ijson_decode(text, LIMIT_BODY_BYTES, &form, NULL) == ERR_OK); /* a test holds it */
    return form;
}

json_t *form_find(const char *name)
{
    json_t *form;
    for (size_t i = 0; (form = form_at(i)) != NULL; i++) {
        if (strcmp(ijson_str(form, "form"), name) == 0) return form;
        json_decref(form);
    }
    return NULL;
}
