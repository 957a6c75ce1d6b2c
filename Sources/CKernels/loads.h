/* Big-endian loads at any alignment. Included with each variant, so that they are inlined under its target. */
INLINE uint8_t load_u8(const uint8_t *p) { return *p; }
INLINE uint16_t load_u16(const uint8_t *p) {
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return __builtin_bswap16(v);
}
INLINE int16_t load_i16(const uint8_t *p) { return (int16_t)load_u16(p); }
INLINE uint32_t load_u32(const uint8_t *p) {
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return __builtin_bswap32(v);
}
INLINE int32_t load_i32(const uint8_t *p) { return (int32_t)load_u32(p); }
INLINE uint64_t load_u64(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return __builtin_bswap64(v);
}
INLINE int64_t load_i64(const uint8_t *p) { return (int64_t)load_u64(p); }
INLINE float load_f32(const uint8_t *p) {
    const uint32_t v = load_u32(p);
    float f;
    memcpy(&f, &v, sizeof f);
    return f;
}
INLINE double load_f64(const uint8_t *p) {
    const uint64_t v = load_u64(p);
    double f;
    memcpy(&f, &v, sizeof f);
    return f;
}
