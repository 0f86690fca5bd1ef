// Mask of the trailing zeros.
#include <stdint.h>

int32_t p08(int32_t x) {
    return ~x & (x - 1);
}
