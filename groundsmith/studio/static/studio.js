// Everything works without this file; it only adds: live progress.
"use strict";
