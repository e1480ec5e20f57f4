"""The rules as data: each has its source, each can fire, and none can be made slow."""

import re
import sre_constants
import sre_parse
