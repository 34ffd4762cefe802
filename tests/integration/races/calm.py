"""Imported first by the server that workers are forked from: they live for a second and make little garbage."""

import gc

gc.disable()
