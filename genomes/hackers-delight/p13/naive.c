// Sign: -1, 0 or 1.
#include <stdint.h>

int32_t p13(int32_t x) {
    return (x >> 31) | ((uint32_t)-x >> 31);
}
