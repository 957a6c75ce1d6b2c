print("make-sequence")
