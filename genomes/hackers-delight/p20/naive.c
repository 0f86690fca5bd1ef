// The next larger number with as many 1-bits.
#include <stdint.h>

uint32_t p20(uint32_t x) {
    uint32_t s = x & -x;
    uint32_t r = x + s;
    uint32_t t = x ^ r;
    return r | ((t >> 2) / s);
}
