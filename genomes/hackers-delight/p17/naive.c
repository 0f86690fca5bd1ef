// Turn off the rightmost string of 1-bits.
#include <stdint.h>

int32_t p17(int32_t x) {
    return (((x - 1) | x) + 1) & x;
}
