#include "daemon/screen/look.h"

#include <stdlib.h>

void look_init(struct look *look, const char *text, size_t n)
{
    text_init(&look->text, text, n);
    words_mark(look->words, &look->text);
    look->sentences = mem_zalloc((look->text.sentences + 1) * sizeof(*look->sentences));
    for (size_t i = 0; i < look->text.tokens_n; i++) {
        look->sentences[look->text.tokens[i].sentence].classes |= look->text.tokens[i].classes;
        look->classes |= look->text.tokens[i].classes;
    }
}

void look_fini(struct look *look)
{
    text_fini(&look->text);
    free(look->sentences);
    free(look->points);
}

void look_add(struct look *look, enum screen_kind kind, size_t first, size_t last)
{
    struct text_token *tokens = look->text.tokens;

    MEM_RESERVE(look->points, look->n, look->cap);
    look->points[look->n++] = (struct screen_point){
        .kind = kind, .start = tokens[first].start, .end = tokens[last].end};
    for (size_t i = first; i <= last && kind != SCREEN_NAME; i++)
        tokens[i].taken = true;
    look->sentences[tokens[first].sentence].kinds |= 1u << kind;
}

bool look_in(const struct look *look, size_t i, size_t sentence, uint64_t classes)
{
    const struct text_token *token = text_at(&look->text, i);

    return token != NULL && token->sentence == sentence && (token->classes & classes) != 0;
}

bool look_any(const struct look *look, size_t sentence, uint64_t classes)
{
    return (look->sentences[sentence].classes & classes) != 0;
}

bool look_has(const struct look *look, enum screen_kind kind, size_t sentence)
{
    return (look->sentences[sentence].kinds & 1u << kind) != 0;
}
