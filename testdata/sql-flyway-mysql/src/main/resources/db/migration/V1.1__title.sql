ALTER TABLE `book` MODIFY `title` varchar(100) NOT NULL;
