#pragma once

#include "nn/door.h"
