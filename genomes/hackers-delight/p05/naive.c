// Propagate the rightmost 1-bit to the right.
#include <stdint.h>

int32_t p05(int32_t x) {
    return x | (x - 1);
}
