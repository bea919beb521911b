-- When the applicant meets a coordinator by video; null while no time is agreed.
ALTER TABLE application ADD COLUMN meets INTEGER;
CREATE INDEX application_meets ON application (meets) WHERE meets IS NOT NULL;
