"""Where ffmpeg is, what a media file holds, what a file on disk is."""
