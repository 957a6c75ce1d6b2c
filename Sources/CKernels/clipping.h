/* What the rules share that clip by deviations from a centre and repeat: the first parameters of their schemas. */
typedef struct {
    double low, high, floor;
    int32_t iterations;          /* INT32_MAX: until nothing changes */
    int mean_center, std_spread; /* of sigma */
    double ddof;                 /* of sigma: what the number of samples is lessened by in a standard deviation */
} clipping;

#define CLIPPING_PARAMETERS                                                                                            \
    {.key = "low",                                                                                                     \
     .option = "sigma-low",                                                                                            \
     .summary = "Reject below the centre by more than so many deviations.",                                            \
     .type = MS_NUMBER,                                                                                                \
     .initial = 4,                                                                                                     \
     .above = 1,                                                                                                       \
     .greatest = NO_LIMIT},                                                                                            \
        {.key = "high",                                                                                                \
         .option = "sigma-high",                                                                                       \
         .summary = "Reject above the centre by more than so many deviations.",                                        \
         .type = MS_NUMBER,                                                                                            \
         .initial = 3,                                                                                                 \
         .above = 1,                                                                                                   \
         .greatest = NO_LIMIT},                                                                                        \
        {.key = "max-iterations",                                                                                      \
         .option = "max-iterations",                                                                                   \
         .summary = "Passes of the rejection; 0: until nothing changes.",                                              \
         .type = MS_COUNT,                                                                                             \
         .initial = 5,                                                                                                 \
         .greatest = 1000},                                                                                            \
        {.key = "floor",                                                                                               \
         .option = "sigma-floor",                                                                                      \
         .summary = "Smallest deviation: auto (the quantisation step of integer input) or a number.",                  \
         .type = MS_STEP,                                                                                              \
         .initial = __builtin_nan(""),                                                                                 \
         .greatest = 1e299}

INLINE clipping clipping_of(const double *values) {
    return (clipping){
        .low = values[0],
        .high = values[1],
        .iterations = values[2] >= 1 && values[2] < INT32_MAX ? (int32_t)values[2] : INT32_MAX,
        .floor = values[3],
    };
}
