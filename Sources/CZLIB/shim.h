/* Without the parts of zlib.h that want headers of the system: what these declare would count as this module's, and other modules that see it
 * through Glibc would have to import this one. */
#define Z_SOLO
#include <zlib.h>

/* Left out with them, and wanted by the tests that pack files. */
typedef struct gzFile_s *gzFile;
ZEXTERN gzFile ZEXPORT gzopen(const char *path, const char *mode);
ZEXTERN int ZEXPORT gzwrite(gzFile file, const void *bytes, unsigned count);
ZEXTERN int ZEXPORT gzclose(gzFile file);
ZEXTERN int ZEXPORT uncompress(Bytef *bytes, uLongf *room, const Bytef *packed, uLong count);
