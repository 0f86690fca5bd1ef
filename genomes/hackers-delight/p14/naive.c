// Floor of the average of two signed numbers.
#include <stdint.h>

int32_t p14(int32_t x, int32_t y) {
    return (x & y) + ((x ^ y) >> 1);
}
