/* The rejection rules. Each is a record in a file of its own; here it is included and stands in the table. The names,
 * parameters, defaults and ranges in the records feed the command line, settings, help, pages and checks. */

#include "batch.h"
#include "bounds.h"
#include "clipping.h"
#include "iterate.h"

#include "reject_sigma.h"
#include "reject_noise.h"
#include "reject_winsorized.h"
#include "reject_linear_fit.h"
#include "reject_minmax.h"
#include "reject_percentile.h"
#ifdef EXTRA_RULES_HEADER /* of tests */
#include EXTRA_RULES_HEADER
#endif

static const rule rule_none = {.schema = {.name = "none", .summary = "Nothing is rejected.", .source = ""}};

/* In the order in which help shows them; `none` is number 0. */
static const rule *const rules[] = {
    &rule_none,
    &rule_sigma,
    &rule_noise,
    &rule_winsorized,
    &rule_linear_fit,
    &rule_minmax,
    &rule_percentile,
#ifdef EXTRA_RULES
    EXTRA_RULES
#endif
};

static const ms_rule *V(rule_at)(size_t i) { return i < COUNT_OF(rules) ? &rules[i]->schema : NULL; }
