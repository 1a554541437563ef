"""Actions carried out on this machine by ffmpeg and PyAV."""
