"""What a kernel may touch: the seam where its process is started."""
