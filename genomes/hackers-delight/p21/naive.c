// Go round three values: a to b, b to c, c to a.
#include <stdint.h>

int32_t p21(int32_t x, int32_t a, int32_t b, int32_t c) {
    return (-(x == c) & (a ^ c)) ^ (-(x == a) & (b ^ c)) ^ c;
}
