"""The parts of the pages: a folder for each page, and beside the folders what pages share."""
