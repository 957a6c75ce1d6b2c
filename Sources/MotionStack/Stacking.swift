// Frames, rejection rules, methods and amounts of memory are named in every public call: who imports MotionStack has them.
@_exported public import Stacking
