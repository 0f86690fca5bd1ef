// The larger of two signed numbers.
#include <stdint.h>

int32_t p16(int32_t x, int32_t y) {
    return ((x ^ y) & -(x >= y)) ^ y;
}
