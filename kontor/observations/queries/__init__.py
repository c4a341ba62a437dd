"""Every read of figures: releases, the six questions over all releases as of one of them, and indicator values."""
