#include "daemon/screen/words.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/map.h"

/* clang-format off */
static const struct {
    uint64_t classes;
    const char *words;
} table[] = {
    {WORDS(ONE),
     "student pupil child kid kiddo girl boy learner scholar freshman sophomore junior senior "
     "grader newcomer teen teenager youngster "
     "alumno alumna estudiante nino nina chico chica muchacho muchacha joven adolescente menor "
     "nene nena"},
    {WORDS(MANY),
     "students pupils children kids kiddos girls boys learners scholars freshmen sophomores "
     "juniors seniors graders newcomers teens teenagers youngsters ells els mlls friends "
     "families parents mothers fathers moms dads siblings "
     "alumnos alumnas estudiantes ninos ninas chicos chicas muchachos muchachas jovenes "
     "adolescentes menores familias padres madres amigos amigas hermanos hermanas"},
    {WORDS(YOUNG), "girl boy kid chico chica muchacho muchacha"},
    {WORDS(HEAD),
     "council voice voices work survey surveys handbook data group groups center id ids number "
     "numbers leadership success portal feedback engagement outcome outcomes learning body "
     "services support agency achievement conference conferences teacher teachers year night "
     "class seminar orientation high care led talk ownership growth level list file files "
     "record records population government participation information loan loans aid editor "
     "leader leaders experience behavior planner dashboard account accounts meeting brother "
     "sister"},
    {WORDS(GRADE),
     "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
     "1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th 11th 12th"},
    {WORDS(SOLE), "only unico unica unicos unicas"},
    {WORDS(POINTING),
     "this that another same certain ese esa este esta aquel aquella otro otra mismo misma "
     "cierto cierta"},
    {WORDS(ARTICLE), "a an un una"},
    {WORDS(MINE), "my our mi nuestro nuestra"},
    {WORDS(SOMEBODY), "someone somebody alguien"},
    {WORDS(BESIDE), "next near by behind beside junto cerca detras who whose whom that que"},
    {WORDS(DETERMINER),
     "the of my our these those his her their its los las de del mis nuestros nuestras estos "
     "estas esos esas other otros otras more nuevos nuevas buenos buenas primeros primeras "
     "mejores out"},
    {WORDS(NUMBER),
     "two three four five six seven eight nine both couple dos tres cuatro cinco seis siete "
     "ocho nueve ambos ambas par handful"},
    {WORDS(RELATIVE), "who whose whom with que cuyo cuya con"},
    {WORDS(PLACE_WORD), "in from at on de en del"},
    {WORDS(ACTED),
     "told said asked cried put came left went wrote built found had was got made took began "
     "stood brought forgot thought felt knew ran sat spoke gave lost kept did fell met saw "
     "sent won broke became chose hid hit taught showed "
     "dijo conto pidio pregunto lloro llego vino salio falto hizo puso quiso supo fue estaba "
     "tenia trajo leyo escribio volvio explico descubrio encontro empezo termino ayudo"},
    {WORDS(GENERIC),
     "when whenever if each every any per no cada cuando si cualquier ningun ninguna todo "
     "toda por"},
    {WORDS(APIECE), "per each apiece por cada"},
    {WORDS(LABEL),
     "grade period section room unit week level tier year block lesson chapter page step form "
     "question version grado periodo seccion salon aula unidad semana nivel leccion pagina paso "
     "formulario pregunta"},
    {WORDS(GROUPS),
     "groups teams pairs tables sets rows clusters grupos equipos mesas filas parejas"},
    {WORDS(THEM), "them us mine ours ellos ellas"},
    {WORDS(STOP),
     "and or but to for with than at in on by was were is are had have has did do minutes "
     "weeks days hours times percent o y e u pero para con en por que fue son es eran "
     "minutos semanas dias horas veces"},
    {WORDS(BORN),
     "born birth birthday birthdays birthdate birthdates dob nacio nacido nacida nacimiento "
     "cumpleanos cumple cumplio cumplia fdn"},
    {WORDS(TURNS), "turned turns turning turn cumple cumplio cumplia cumplira"},
    {WORDS(AGE),
     "five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
     "eighteen nineteen twenty cinco seis siete ocho nueve diez once doce trece catorce quince "
     "dieciseis diecisiete dieciocho diecinueve veinte"},
    {WORDS(MONTH),
     "january february march april may june july august september october november december "
     "jan feb mar apr jun jul aug sep sept oct nov dec enero febrero marzo abril mayo junio "
     "julio agosto septiembre setiembre octubre noviembre diciembre ene abr ago dic"},
    {WORDS(YEARS), "years year yrs anos ano"},
    {WORDS(ID_CUE),
     "id ids pin ssn matricula expediente folio legajo codigo dni nie curp passport pasaporte "
     "carnet credencial account cuenta student pupil alumno alumna estudiante"},
    {WORDS(DESK),
     "info office library hub contact help support admin school frontdesk desk registrar "
     "oficina biblioteca ayuda direccion secretaria contacto escuela"},
    {WORDS(PHONE_CUE),
     "call text phone telephone tel cell mobile whatsapp message ring llamar llama telefono "
     "celular movil mensaje"},
    {WORDS(HE), "he she him her his hers himself herself ella"},
    {WORDS(HIS), "his her su"},
    {WORDS(RELATION),
     "mother mom mum mama father dad papa parents parent grandmother grandma grandfather "
     "grandpa grandparents brother sister siblings aunt uncle cousin guardian stepfather "
     "stepmother family boyfriend girlfriend madre padre abuela abuelo hermano hermana tia tio "
     "primo prima madrastra padrastro tutora novio novia"},
    {WORDS(SON), "son daughter nephew niece grandson granddaughter hijo hija nieto nieta "
                 "sobrino sobrina"},
    {WORDS(PAIR), "twins triplets gemelos gemelas mellizos mellizas trillizos trillizas"},
    {WORDS(BODY),
     "wheelchair crutches pregnant deaf blind diabetes diabetic epilepsy epileptic seizure "
     "seizures autism autistic adhd tdah cancer leukemia amputee stutter stutters prosthetic "
     "ruedas auditivo sordo sorda ciego ciega embarazada diabetica diabetico epilepsia autismo "
     "autista tartamudea muletas leucemia hearing"},
    {WORDS(LIFE),
     "foster adopted homeless shelter undocumented asylum refugee custody divorced separated "
     "died jail prison probation arrested evicted eviction unemployed suicide suicidal "
     "deported deportation abuse abused quinceanera adoptado adoptada albergue refugiado "
     "refugiada indocumentado indocumentada custodia divorciados separados fallecio murio "
     "carcel preso presa desalojo deportado deportada desempleado desempleada maltrato"},
    {WORDS(CAME),
     "came comes arrived moved immigrated transferred student girl boy grader newcomer child "
     "llego vino viene llegado llegada alumno alumna nino nina estudiante chico chica"},
    {WORDS(FROM), "from de desde"},
    {WORDS(CALLED), "named called llamado llamada llama"},
    {WORDS(SCHOOL),
     "school schools high middle elementary primary academy college university district county "
     "street st avenue ave road park center building hall library hospital church city town "
     "escuela colegio instituto liceo preparatoria secundaria primaria universidad calle "
     "avenida plaza barrio ciudad"},
    {WORDS(SCHOOL_OF),
     "escuela colegio instituto liceo preparatoria universidad calle avenida plaza barrio"},
    {WORDS(TITLE), "mr mrs ms miss mx sr sra srta senor senora senorita don dona"},
    {WORDS(PARTICLE), "de del la las los van von da dos das di du le el al bin ibn y e"},
    /* Names that are also everyday words: alone they count only where they look like a name. */
    {WORDS(PLAIN),
     "hope grace faith joy will mark may june april august rose lily iris ivy violet daisy "
     "heather amber ruby pearl crystal jade dawn summer autumn sky star angel chase grant "
     "hunter carter mason cooper tanner taylor page dean frank bill jack rob bob pat art gene "
     "drew rich rusty sunny sandy stormy olive ginger basil sage rosemary victor king prince "
     "duke earl major young old long short green brown white black gray grey gold silver bell "
     "bush banks brooks rivers lake field fields hill wood woods stone rock bird wolf fox lamb "
     "fish price cash penny nick sue bank street church bishop pope knight wise noble best "
     "bright sharp strong little small love moon sun winter snow rain storm west east north "
     "south day may day holiday christian jewel destiny harmony melody serenity trinity "
     "journey genesis heaven miracle precious princess treasure miles lane brook cliff forest "
     "glen dale heath reed rush miller baker cook fisher potter smith mercy patience prudence "
     "verity justice honor reason chance story reading mercedes an do so le my ming in on al "
     "no me go be hi he she us it is as at by to up or of if we am pm "
     "luz sol mar cielo estrella rosa flor flores blanca rubio moreno reina rey reyes cruz "
     "angel angeles salvador dolores domingo jesus santos consuelo esperanza fe gloria gracia "
     "paz pilar soledad mercedes milagros rocio alba aurora nieves iglesia iglesias campo "
     "campos rio rios torre torres castillo calle prado leon lobo toro vaca delgado gordo "
     "bueno buena bravo franco justo leal feliz felix primo prima mayo julio marzo abril "
     "tu el la lo se te ya si su mi un de da dar hay"},
};
/* clang-format on */

struct words {
    struct map map; /* FNV-1a of the word -> classes: a clash would only make one hint more */
};

static uint64_t hash_of(const char *word, size_t n)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)word[i]) * 0x100000001b3u;
    return h;
}

struct words *words_new(void)
{
    struct words *words = mem_zalloc(sizeof(*words));

    map_init(&words->map, sizeof(uint64_t), 1);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        for (const char *at = table[i].words; *at != '\0';) {
            size_t n = strcspn(at, " ");
            uint64_t key = hash_of(at, n);
            const uint64_t *before = map_get(&words->map, &key);

            map_put(&words->map, &key, table[i].classes | (before == NULL ? 0 : *before));
            at += n + strspn(at + n, " ");
        }
    }
    return words;
}

void words_free(struct words *words)
{
    if (words == NULL) return;
    map_fini(&words->map);
    free(words);
}

uint64_t words_of(const struct words *words, const char *fold)
{
    uint64_t key = hash_of(fold, strlen(fold));
    const uint64_t *classes = map_get(&words->map, &key);

    return classes == NULL ? 0 : *classes;
}

void words_mark(const struct words *words, struct text *text)
{
    for (size_t i = 0; i < text->tokens_n; i++) {
        struct text_token *token = &text->tokens[i];

        if (token->kind == TEXT_MARK) continue;
        token->classes = words_of(words, token->bare);
        /* The accent alone tells "él", he, from "el", the. */
        if (strcmp(token->fold, "el") == 0 && token->end - token->start == 3) {
            token->classes |= WORDS(HE);
        }
    }
}
