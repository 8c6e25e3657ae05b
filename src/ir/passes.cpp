#include "ir/passes.hpp"
