CREATE TABLE `book` (
    `id` bigint unsigned NOT NULL AUTO_INCREMENT,
    `title` varchar(50) NOT NULL,
    `pages` int unsigned DEFAULT NULL,
    PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
