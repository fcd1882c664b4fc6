#include "daemon/sheet/synonyms.h"

const struct synonyms_row synonyms_headers[] = {
    {NULL, "title", "name|what|short name|titulo|nombre"},
    {"cycle", "title",
     "test|test name|cycle name|pdsa|pdsa title|pdsa name|name of test|prueba|nombre del ciclo|"
     "nombre de la prueba|titulo del ciclo|ciclo"},
    {"idea", "title", "change|change idea|idea|the idea|idea de cambio|cambio"},
    {"bright_spot", "title",
     "bright spot|what works|practice name|punto brillante|lo que funciona|buena practica"},
    {"cycle", "idea", "change idea|idea tested|idea de cambio|idea"},
    {NULL, "aim", "aim statement|smart aim|our aim|meta|objetivo general|proposito"},
    {NULL, "objective",
     "objective of this cycle|objective of this pdsa cycle|purpose|goal of this test|goal|"
     "learning goal|what do you want to learn|objetivo|objetivo del ciclo|proposito del ciclo|"
     "que queremos averiguar"},
    {NULL, "change",
     "the change|test of change|change tested|change to test|what we will do|what will we do|"
     "what are you testing|intervention|plan for change or test|plan for change|strategy|"
     "plan|the plan|cambio|cambio a probar|que vamos a hacer|plan del cambio|estrategia"},
    {NULL, "question",
     "questions|learning question|learning questions|inquiry question|what we want to know|"
     "pregunta|preguntas|pregunta de aprendizaje"},
    {NULL, "prediction",
     "predictions|hypothesis|we predict|what we predict|our prediction|expected result|"
     "if then|prediccion|predicciones|hipotesis|pronostico|resultado esperado|que predecimos"},
    {NULL, "data-kind", "type of data|kind of measure|tipo de dato|tipo de datos"},
    {NULL, "data-plan",
     "data collection|plan for collection of data|data collection plan|measure|measures|"
     "how will we know|how will you measure|what data|recoleccion de datos|plan de datos|"
     "como lo mediremos|que datos"},
    {NULL, "task", "tasks|steps|to do|action steps|actions|tareas|pasos|acciones"},
    {NULL, "task-who", "person responsible|responsible|who is responsible|responsable|quien"},
    {NULL, "task-when", "by when|due|when to be done|cuando|fecha limite"},
    {NULL, "task-where", "where to be done|location|donde|lugar"},
    {NULL, "team", "team members|members|participants|equipo|integrantes|participantes"},
    {NULL, "ramp", "pdsa ramp|test series|series|rampa|serie"},
    {NULL, "number",
     "cycle number|pdsa number|pdsa no|test number|cycle no|cycle|test no|no|nr|"
     "numero de ciclo|ciclo numero|numero|num|ciclo no"},
    {NULL, "scale", "size of test|scale of test|escala|tamano de la prueba"},
    {"cycle", "start", "date|start date|begin|began|from|fecha|fecha de inicio|inicio|desde"},
    {"cycle", "end", "end date|finish|finished|to|until|fecha final|fecha de fin|fin|hasta"},
    {"cycle", "started", "date done|date carried out|fecha en que se hizo"},
    {NULL, "for-whom",
     "student group|student groups|students|target students|who is it for|grupo|"
     "grupo de estudiantes|grupos de estudiantes|para quien|estudiantes"},
    {NULL, "condition",
     "context|setting|under what conditions|condiciones|contexto|en que condiciones"},
    {NULL, "voices", "student voice|families asked|who did we ask|voces|a quien preguntamos"},
    {NULL, "carried-out",
     "carried out|done as planned|did you carry it out|was it carried out|se hizo como se "
     "planeo|"
     "se llevo a cabo|realizado"},
    {NULL, "observation",
     "do|observations|what happened|what we saw|what did you observe|notes|do observations|"
     "observaciones|que paso|lo que vimos|hacer|notas"},
    {NULL, "surprise",
     "problems|unexpected|problems and unexpected observations|unexpected observations|"
     "sorpresas|problemas|imprevistos"},
    {NULL, "result",
     "results|data results|what did the data show|actual result|outcome|resultado|resultados|"
     "que mostraron los datos"},
    {NULL, "matched",
     "prediction correct|was the prediction right|matched prediction|met prediction|"
     "did it match|acertamos|se cumplio|coincidio"},
    {NULL, "learned", "learning|lessons|aprendizaje"},
    {NULL, "summary",
     "study|what did you learn|what was learned|what we learned|summary of learning|learnings|"
     "summarize what was learned|conclusion|conclusions|estudiar|que aprendimos|"
     "lo que aprendimos|aprendizajes|resumen|estudio"},
    {NULL, "worked-for", "who did it work for|funciono para"},
    {NULL, "not-for", "who did it not work for|no funciono para"},
    {NULL, "decision",
     "act|adopt adapt abandon|adapt adopt abandon|next step decision|adopt adapt or abandon|"
     "actuar|decision tomada|adoptar adaptar abandonar|adoptar adaptar o abandonar"},
    {NULL, "why", "reason|reasons|rationale|because|razon|por que|motivo"},
    {NULL, "next",
     "next steps|next step|next cycle|plan for the next cycle|what is next|what will change|"
     "proximos pasos|siguiente ciclo|proximo ciclo|que sigue|que cambia"},
    {NULL, "stops", "what we stop|stop doing|dejar de hacer|que dejamos de hacer"},
    {NULL, "description",
     "details|what would you see|how it works|descripcion|detalle|detalles|como es"},
    {NULL, "driver",
     "driver|primary driver|secondary driver|impulsor|impulsores|driver diagram"},
    {"idea", "kind", "type|type of change|tipo|tipo de cambio"},
    {NULL, "effort", "time needed|how much work|esfuerzo|tiempo necesario"},
    {"idea", "evidence", "where from|source of idea|origin|fuente|origen|evidencia"},
    {NULL, "reference", "link|citation|url|referencia|enlace"},
    {NULL, "practice", "what they do|what do they do|the practice|practica|que hacen"},
    {"bright_spot", "evidence",
     "data|how do we know|how do you know|proof|evidencia|datos|como lo sabemos"},
    {NULL, "difference", "effect|effect size|how much better|diferencia|cuanto mejor"},
    {NULL, "contact", "whom to ask|contact person|contacto|a quien preguntar"},
    {NULL, "measure", "indicator|metric|measure name|medida|indicador"},
    {"point", "period",
     "date|month|week|term|period start|week of|fecha|mes|semana|periodo|trimestre"},
    {"point", "group", "subgroup|student group|students|grupo|grupo de estudiantes|subgrupo"},
    {NULL, "numerator", "n|count|yes|met|how many|numerador|cuantos|cumplieron"},
    {NULL, "denominator", "d|total|out of|of|n total|all|denominador|de|de cuantos"},
    {"point", "value", "percent|percentage|rate|result|data|number|valor|porcentaje|dato"},
    {NULL, "note", "notes|comment|comments|remark|nota|notas|comentario|comentarios"},
    {NULL, "annotation", "annotate|what changed|event|anotacion|evento|que cambio"},
};
const size_t synonyms_headers_n = sizeof(synonyms_headers) / sizeof(synonyms_headers[0]);

const struct synonyms_choice synonyms_choices[] = {
    {"adopt", "adopted|keep|adoptar|adoptado|se adopta"},
    {"adapt", "adapted|change|adjust|adaptar|adaptado|se adapta|ajustar"},
    {"abandon", "abandoned|drop|stop|abandonar|abandonado|se abandona|dejar"},
    {"yes", "y|x|true|1|si|s|verdadero|as planned|fully"},
    {"partly", "partially|some|somewhat|in part|parcialmente|en parte|parcial|mas o menos"},
    {"no", "n|false|0|falso|not"},
    {"one-student", "1 student|un estudiante|un alumno|una alumna"},
    {"a-few-students", "few students|some students|algunos estudiantes|unos cuantos"},
    {"one-class", "1 class|a class|one classroom|una clase|un salon"},
    {"several-classes", "classes|some classes|varias clases"},
    {"one-grade", "grade|1 grade|un grado"},
    {"whole-school", "school|all school|toda la escuela|escuela"},
    {"count", "number|conteo|cuenta"},
    {"percent", "percentage|porcentaje"},
    {"rating", "scale|escala|calificacion"},
    {"observation", "observacion"},
    {"student-work", "work samples|trabajos|trabajo de estudiantes"},
    {"interview", "interviews|entrevista|entrevistas"},
    {"other", "otro|otra"},
    {"redesign", "new process|rediseno"},
    {"more-of-the-same", "more|mas de lo mismo"},
    {"training", "professional development|pd|capacitacion|formacion"},
    {"reminder", "reminders|recordatorio"},
    {"research", "literature|study|investigacion"},
    {"bright-spot", "bright spots|punto brillante"},
    {"other-school", "another school|otra escuela"},
    {"hunch", "our idea|intuition|corazonada|intuicion"},
    {"student-voice", "students|student voices|voz estudiantil|estudiantes"},
    {"minutes", "minutos"},
    {"hours", "horas"},
    {"days", "dias"},
    {"weeks", "semanas"},
    {"tight", "fixed|fijo"},
    {"loose", "flexible"},
    {"spotted", "new|found|visto|detectado"},
    {"checked", "verified|confirmed|comprobado|verificado"},
    {"shared", "compartido"},
    {"spread", "extendido|difundido"},
};
const size_t synonyms_choices_n = sizeof(synonyms_choices) / sizeof(synonyms_choices[0]);
