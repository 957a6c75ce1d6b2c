print("motion-stack")
