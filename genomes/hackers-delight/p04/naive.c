// Mask of the rightmost 1-bit and the zeros behind it.
#include <stdint.h>

int32_t p04(int32_t x) {
    return x ^ (x - 1);
}
